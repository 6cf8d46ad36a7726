"""Headless Chromium for the scripts that check pages: needs `chromium` (Debian package of that name) and nothing else."""

import html
import json
import os
import re
import subprocess
import sys
import tempfile


def run(address, *options, height=1000):
    """What Chromium prints of a page."""
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--window-size=1280,{height}", *options, address]
    return subprocess.run(command, capture_output=True, text=True, timeout=120).stdout


def probed(path, probe, *options, height=1000, screenshot=None):
    """Opens a page with a script at its end, and returns what that writes as JSON into the element `probe`.

    `screenshot` is a file for a picture of the page as the script left it.
    """
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=.http", text), "the page loads something"
    with tempfile.NamedTemporaryFile("w", suffix=".html", dir=os.path.dirname(path), encoding="utf-8") as page:
        page.write(text.replace("</body>", probe + "</body>"))
        page.flush()
        dom = run("file://" + page.name, *options, "--dump-dom", height=height)
        if screenshot:
            run("file://" + page.name, *options, "--screenshot=" + os.path.abspath(screenshot), height=height)
    found = re.search(r'<pre id="probe"[^>]*>(.*?)</pre>', dom, re.S)
    if not found:
        sys.exit("the page's script did not finish")
    return json.loads(html.unescape(found.group(1)))
