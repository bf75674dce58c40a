"""Every formula of the product, once: daily sums in, estimates with n, interval and coverage out.

It imports nothing: whoever needs the names of the sums alone does not wait for pandas and SciPy to load.
"""
