"""Settings of the Scrapy project; each spider adds its own in `custom_settings` and `update_settings`."""

from geo_tracker import __version__

BOT_NAME = "geo-tracker"
SPIDER_MODULES = ["spiders.answers", "spiders.references"]
USER_AGENT = f"geo-tracker/{__version__}"

ITEM_PIPELINES = {"spiders.pipelines.SavePipeline": 100}
LOG_FORMATTER = "spiders.secrets.LogFormatter"
LOG_LEVEL = "INFO"
LOG_VERSIONS: list[str] = []
LOGSTATS_INTERVAL = 0
STATS_DUMP = False

DOWNLOAD_VERIFY_CERTIFICATES = True
# Nothing but HTTP: an address may come from a page or an answer.
DOWNLOAD_HANDLERS = {"data": None, "file": None, "ftp": None, "s3": None}
COOKIES_ENABLED = False
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
CONCURRENT_ITEMS = 1  # a callback gives one; Scrapy starts as many tasks for each callback as this says
CONCURRENT_REQUESTS = 0  # the slots of engines and domains are the limit
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 50_000_000
SCHEDULER_PRIORITY_QUEUE = "scrapy.pqueues.DownloaderAwarePriorityQueue"

# Own settings
ANSWER_TRIES = 5
"""Times a row is asked in one run before it ends as failed."""
ANSWER_BACKOFF = 2.0
"""Seconds before the second try; doubled with each further one, up to `ANSWER_BACKOFF_MAX`."""
ANSWER_BACKOFF_MAX = 60.0
ANSWER_PATIENCE = 600.0
"""A run ends, its row still planned, when the next try is further away than these seconds."""
BREAKER_FAILURES = 8
"""Failures of an engine in a row, over all workers, after which it rests: more than the five tries of one answer that
it cannot bear, so that a second answer has to fail as well. Set, 2026-11."""
BREAKER_PAUSE = 30.0
"""Seconds of its first rest; doubled with each further one until it answers, up to 30 minutes."""
SANDBOX_CONCURRENCY = 16
"""Requests in flight at once per engine or domain of the sandbox, which needs no politeness."""
PAGE_WINDOW = 100
"""Pages claimed at once: enough domains side by side that one slow one holds nobody up."""
PAGE_READERS = 0
"""Processes that read pages; 0 for one per core."""
PRIVATE_ADDRESSES = ()
"""IP addresses that may be crawled although they are not public, for tests on loopback."""
