"""Ways over a page by keys alone."""

import pytest


def walk_to(page, selector, key="Tab"):
    """Press a key until the focus is there, as somebody without a mouse does."""
    for _ in range(400):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press(key)
    pytest.fail(f"{key} does not lead to {selector}")


def pick(page, letters):
    """Choose from the list in focus by its first letters; a pause between them begins anew."""
    picked = "() => document.activeElement.selectedOptions[0].text.toLowerCase()"
    for _ in range(5):
        page.keyboard.type(letters)
        if page.evaluate(picked).startswith(letters):
            return
        page.wait_for_timeout(1200)
    pytest.fail(f"{letters} cannot be chosen by its letters")
