"""How the page cuts a study into bundles: small ones first, small ones last, few in all."""

MIB = 2**20
IMAGE_BYTES = 335_000
IMAGES = 212
MOST_APP_REQUESTS = 60
#: "declare" and "landed".
REQUESTS_A_BUNDLE = 2
PLAN = """async ([count, bytes]) => {
    const { planBundles } = await import("/static/js/upload/plan.js");
    const images = Array.from({ length: count }, (_, i) => ({
        source: { blob: new Blob([new Uint8Array(bytes)]) },
        report: { instanceNumber: i, sopUid: String(i), frames: 1 },
    }));
    const bundles = planBundles({ series: [{ text: "T2 SAG", number: 1, uid: "1", images }] });
    return bundles.map((bundle) => ({
        bytes: bundle.bytes,
        numbers: bundle.images.map(({ report }) => report.instanceNumber),
    }));
}"""


def test_the_first_bundles_and_the_last_are_small(page, live_server):
    page.goto(f"{live_server.url}/")
    bundles = page.evaluate(PLAN, [IMAGES, IMAGE_BYTES])
    assert [n for bundle in bundles for n in bundle["numbers"]] == list(range(IMAGES))
    sizes = [bundle["bytes"] for bundle in bundles]
    assert all(MIB <= size < MIB + IMAGE_BYTES for size in sizes[:4])
    assert max(sizes) < 4 * MIB + IMAGE_BYTES
    middle = sizes[4:]
    assert middle == sorted(middle, reverse=True)
    assert middle[-4:] == [IMAGE_BYTES] * 4
    assert len(bundles) * REQUESTS_A_BUNDLE < MOST_APP_REQUESTS
