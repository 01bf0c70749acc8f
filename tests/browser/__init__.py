"""The site in a real browser: Debian's Chromium, driven by Playwright.

`tests.browser.pages` lists the page types that every general test and the screenshots go through,
`tests.browser.conftest` has the fixtures, `tests.browser.watch` what no page may do.
"""
