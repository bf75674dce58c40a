"""Signing in is configured whole or not at all, and nobody listens for all the world without it."""

from __future__ import annotations

import tomllib

import pytest

from geo_tracker.cli.dashboard import options, refuse_open
from geo_tracker.config import Look
from geo_tracker.errors import UsageError
from geo_tracker.people.login import is_wanted, login_of, secrets_text

WHOLE = {
    "GEO_OIDC_CLIENT_ID": "geo",
    "GEO_OIDC_CLIENT_SECRET": 'quo"te\\ and ü',
    "GEO_OIDC_METADATA_URL": "https://id.example/.well-known/openid-configuration",
    "GEO_DASHBOARD_URL": "https://geo.example.com/",
}
PLAIN = Look("", "", "")


def test_streamlit_reads_what_the_environment_says() -> None:
    login = login_of({**WHOLE, "GEO_OIDC_COOKIE_SECRET": "c" * 40}, 8501)
    assert login
    assert tomllib.loads(secrets_text(login)) == {
        "auth": {
            "redirect_uri": "https://geo.example.com/oauth2callback",
            "cookie_secret": "c" * 40,
            "client_id": "geo",
            "client_secret": 'quo"te\\ and ü',
            "server_metadata_url": WHOLE["GEO_OIDC_METADATA_URL"],
        }
    }
    assert "c" * 40 not in repr(login) and "quo" not in repr(login)


def test_without_a_word_of_it_nobody_signs_in() -> None:
    assert login_of({"GEO_DASHBOARD_URL": "https://geo.example.com"}, 8501) is None
    assert not is_wanted({"GEO_OIDC_CLIENT_ID": ""})


def test_cookies_get_a_secret_of_their_own_and_this_machine_an_address() -> None:
    environment = {name: value for name, value in WHOLE.items() if name != "GEO_DASHBOARD_URL"}
    first, second = login_of(environment, 8599), login_of(environment, 8599)
    assert first and second and first.address == "http://127.0.0.1:8599"
    assert first.cookie_secret != second.cookie_secret and len(first.cookie_secret) > 40


@pytest.mark.parametrize("missing", list(WHOLE)[:3])
def test_a_part_of_it_lets_nobody_in(missing: str) -> None:
    part = {**WHOLE, missing: ""}
    assert is_wanted(part)
    with pytest.raises(UsageError, match=missing):
        login_of(part, 8501)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GEO_DASHBOARD_URL", "http://geo.example.com"),
        ("GEO_DASHBOARD_URL", "geo.example.com"),
        ("GEO_OIDC_METADATA_URL", "http://id.example/x"),
        ("GEO_OIDC_COOKIE_SECRET", "short"),
    ],
)
def test_keys_never_travel_in_the_clear(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=name):
        login_of({**WHOLE, name: value}, 8501)


def test_others_reach_it_only_signed_in_or_by_an_explicit_word() -> None:
    login = login_of(WHOLE, 8501)
    for host in ("0.0.0.0", "::", "192.168.1.2", "geo.example.com"):
        with pytest.raises(UsageError, match="--insecure"):
            refuse_open(host, None, insecure=False)
        refuse_open(host, None, insecure=True)
        refuse_open(host, login, insecure=False)
    for host in ("127.0.0.1", "localhost", "::1"):
        refuse_open(host, None, insecure=False)


def test_streamlit_is_told_what_no_file_of_a_folder_may_change() -> None:
    alone, public = options("127.0.0.1", 1, None, PLAIN), options("0.0.0.0", 1, login_of(WHOLE, 1), PLAIN)
    for told in (alone, public):
        assert {
            "--server.enableCORS=true",
            "--server.enableXsrfProtection=true",
            "--server.enableAgentApi=false",
            "--server.trustedUserHeaders={}",
        } <= set(told)
    assert "--server.allowedHosts=geo.example.com" in public
    assert "--server.allowedHosts=127.0.0.1" in alone
    assert "--client.showErrorDetails=none" in public
    assert not any("allowedHosts" in each for each in options("0.0.0.0", 1, None, PLAIN))
    assert "--theme.primaryColor=#112233" in options("127.0.0.1", 1, None, Look("", "", "#112233"))
