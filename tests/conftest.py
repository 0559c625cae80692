"""What every test may use. The fixtures lie in tests/fixtures, by what they give."""

pytest_plugins = ["tests.fixtures.servers", "tests.fixtures.browser", "tests.fixtures.people"]
