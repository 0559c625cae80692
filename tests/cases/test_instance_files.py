"""The DICOM files of a series in one object: each is found again, whole and alone."""

from cases import instance_files


def test_the_files_lie_in_the_order_of_their_numbers(tmp_path):
    numbers = [9, 10, 9_999, 10_000, 10_001]  # a name grows by a digit where four do not do
    for number in reversed(numbers):
        (tmp_path / f"i{number:04d}.dcm").write_bytes(f"<{number}>".encode())
    (tmp_path / "frames.json").write_text("{}")
    instance_files.pack(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {instance_files.PACK, "frames.json"}
    packed = (tmp_path / instance_files.PACK).read_bytes()
    assert packed == b"<9><10><9999><10000><10001>"
