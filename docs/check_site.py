"""Look at the built documentation in a browser: ``python docs/check_site.py docs/_build/html``.

Every page is opened on the screen of a desktop and on that of a phone. A page must be no wider than
its window, what it links to within the site must be there, and the browser must have nothing to
complain of. The navigation must open, and the search must find.

Chromium and its driver are those of the machine: ``CHROMIUM`` and ``CHROMEDRIVER`` name them where
they aren't on the path.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import http.server
import os
import shutil
import sys
import tempfile
import threading
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

SIZES = {'desktop': (1280, 900), 'phone': (390, 844)}

#: Words that are searched for, and the page that must be the first of what is found.
SEARCHES = {
    'transaction': 'guide/transactions.html',
    'upsert': 'guide/updates.html',
    'update item': 'guide/updates.html',
    'pagination': 'guide/reading.html',
    'index': 'guide/indexes.html',
    'TTL': 'recipes/migrations.html',
}

FLAGS = (
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--hide-scrollbars',
)

#: What a page says of itself: its width, its ids, where it leads, and what sticks out of it.
LOOK = """
const wide = document.documentElement.clientWidth;
const scrolls = (element) => {
  for (let each = element; each && each !== document.body; each = each.parentElement) {
    const style = getComputedStyle(each);
    if (/auto|scroll|hidden/.test(style.overflowX) || style.position === 'fixed') return true;
  }
  return false;
};
return {
  title: document.title,
  width: document.documentElement.scrollWidth,
  window: wide,
  wide: [...document.querySelectorAll('article *')]
    .filter((element) => element.getBoundingClientRect().right > wide + 1 && !scrolls(element))
    .map((element) => element.outerHTML.slice(0, 90)),
  ids: [...document.querySelectorAll('[id]')].map((element) => element.id),
  links: [...document.querySelectorAll('a[href]')].map((element) => element.href),
  broken: [...document.images].filter((image) => !image.naturalWidth).map((image) => image.src),
};
"""


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files, and writes no line for each."""

    def do_GET(self) -> None:
        # Browsers ask for an icon that no page speaks of.
        if self.path == '/favicon.ico':
            self.send_response(204)
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, *arguments: object) -> None:
        pass


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of this machine, and yield the URL of it."""
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f'http://127.0.0.1:{server.server_port}/'
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def browsing() -> Iterator[webdriver.Chrome]:
    """Start a browser that has neither a past nor a future."""
    browser = (
        os.environ.get('CHROMIUM') or shutil.which('chromium') or shutil.which('google-chrome')
    )
    driver = os.environ.get('CHROMEDRIVER') or shutil.which('chromedriver')
    if browser is None or driver is None:
        sys.exit('Chromium and chromedriver are needed; CHROMIUM and CHROMEDRIVER may name them')
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        options = Options()
        options.binary_location = browser
        for flag in (*FLAGS, f'--user-data-dir={folder}'):
            options.add_argument(flag)
        options.set_capability('goog:loggingPrefs', {'browser': 'ALL'})
        chrome = webdriver.Chrome(options=options, service=Service(driver))
        try:
            yield chrome
        finally:
            chrome.quit()


def resize(chrome: webdriver.Chrome, size: tuple[int, int]) -> None:
    """Give the page this size, whatever the smallest window is that the browser can have."""
    width, height = size
    chrome.execute_cdp_cmd(
        'Emulation.setDeviceMetricsOverride',
        {'width': width, 'height': height, 'deviceScaleFactor': 1, 'mobile': width < 600},
    )


def errors_of(chrome: webdriver.Chrome) -> list[str]:
    """Return the errors on the console of the browser since this was called last."""
    lines = chrome.get_log('browser')  # type: ignore[no-untyped-call]
    return [line['message'] for line in lines if line['level'] == 'SEVERE']


def check_pages(
    chrome: webdriver.Chrome, root: str, files: set[str], size: str, shots: Path | None
) -> Iterator[str]:
    """Open each page, and yield what is wrong with it."""
    ids: dict[str, set[str]] = {}
    links: dict[str, set[str]] = {}
    for page in sorted(file for file in files if is_page(file)):
        chrome.get(root + page)
        seen = chrome.execute_script(LOOK)
        ids[page], links[page] = set(seen['ids']), set(seen['links'])
        if seen['width'] > seen['window']:
            yield f'{page}: is {seen["width"]} wide in a window of {seen["window"]}: {seen["wide"]}'
        elif seen['wide']:
            yield f'{page}: sticks out of the window: {seen["wide"]}'
        yield from (f'{page}: shows no image {source}' for source in seen['broken'])
        yield from (f'{page}: {message}' for message in errors_of(chrome))
        if shots is not None:
            target = shots / f'{size}-{page.replace("/", "-")[:-5]}.png'
            chrome.save_screenshot(str(target))
    yield from check_links(root, files, ids, links)


def is_page(file: str) -> bool:
    """Return whether a file of the site is a page of it."""
    return file.endswith('.html') and not file.startswith('_static/')


def check_links(
    root: str, files: set[str], ids: dict[str, set[str]], links: dict[str, set[str]]
) -> Iterator[str]:
    """Yield the links within the site that lead nowhere."""
    for page, targets in links.items():
        for target in sorted(targets):
            if not target.startswith(root):
                continue
            path, _, anchor = target[len(root) :].partition('#')
            path = path.partition('?')[0] or 'index.html'
            if path not in files:
                yield f'{page}: leads to {path}, which is not there'
            elif anchor and urllib.parse.unquote(anchor) not in ids.get(path, ()):
                yield f'{page}: leads to {path}#{anchor}, where nothing has that name'


def check_navigation(chrome: webdriver.Chrome, root: str, size: str) -> Iterator[str]:
    """Go from the first page to another by the list of pages, and yield what is wrong with it."""
    chrome.get(root + 'index.html')
    link = chrome.find_element(By.CSS_SELECTOR, '.sidebar-tree a[href$="quickstart.html"]')
    drawer = chrome.find_element(By.CSS_SELECTOR, '.sidebar-drawer')
    if size == 'phone':
        if drawer.rect['x'] + drawer.rect['width'] > 0:
            yield 'the list of pages covers the first page of the phone'
        chrome.find_element(By.CSS_SELECTOR, '.mobile-header .nav-overlay-icon').click()
    wait = WebDriverWait(chrome, 5)
    wait.until(lambda _: drawer.rect['x'] >= 0)
    link.click()
    wait.until(lambda _: chrome.current_url.endswith('quickstart.html'))
    current = chrome.find_elements(By.CSS_SELECTOR, '.sidebar-tree .current-page')
    if len(current) != 1:
        yield f'{len(current)} entries of the list of pages are marked as the one that is shown'


def check_search(chrome: webdriver.Chrome, root: str, size: str) -> Iterator[str]:
    """Search for a word in the way of a reader, and yield what is wrong with it."""
    word, page = next(iter(SEARCHES.items()))
    chrome.get(root + 'index.html')
    wait = WebDriverWait(chrome, 20)
    if size == 'phone':
        chrome.find_element(By.CSS_SELECTOR, '.mobile-header .nav-overlay-icon').click()
    field = chrome.find_element(By.CSS_SELECTOR, '.sidebar-search')
    wait.until(lambda _: field.is_displayed() and field.rect['x'] >= 0)
    field.send_keys(word)
    field.submit()
    wait.until(lambda _: 'search.html' in chrome.current_url)
    selector = f'#search-results a[href*="{page}"]'
    wait.until(lambda _: chrome.find_elements(By.CSS_SELECTOR, selector))
    if chrome.execute_script(LOOK)['width'] > SIZES[size][0]:
        yield 'what the search finds is wider than the window'
    yield from (f'search: {message}' for message in errors_of(chrome))


def check_ranking(chrome: webdriver.Chrome, root: str, size: str) -> Iterator[str]:
    """Search for what readers look for, and yield where the right page isn't the first."""
    for words, page in SEARCHES.items():
        chrome.get(f'{root}search.html?q={urllib.parse.quote_plus(words)}')
        found = WebDriverWait(chrome, 20).until(
            lambda _: chrome.find_elements(By.CSS_SELECTOR, '#search-results li a')
        )
        first = str(found[0].get_attribute('href'))
        if page not in first:
            yield f'the search for {words} finds {first} first, and not {page}'


def main() -> int:
    parser = argparse.ArgumentParser(description='Look at the built documentation in a browser.')
    parser.add_argument('folder', type=Path, help='where index.html is')
    parser.add_argument('--screenshots', type=Path, help='a folder for pictures of all pages')
    arguments = parser.parse_args()
    folder, shots = arguments.folder, arguments.screenshots
    files = {path.relative_to(folder).as_posix() for path in folder.rglob('*')}
    if 'index.html' not in files:
        sys.exit(f'{folder} has no index.html: build the documentation first')
    if shots is not None:
        shots.mkdir(parents=True, exist_ok=True)

    wrong = 0
    with serving(folder) as root, browsing() as chrome:
        for name, size in SIZES.items():
            resize(chrome, size)
            for check in (
                check_pages(chrome, root, files, name, shots),
                check_navigation(chrome, root, name),
                check_search(chrome, root, name),
                check_ranking(chrome, root, name),
            ):
                for complaint in check:
                    print(f'{name}: {complaint}')
                    wrong += 1
    print(f'{sum(map(is_page, files))} pages at {len(SIZES)} sizes: {wrong or "nothing"} wrong')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
