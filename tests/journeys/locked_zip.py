"""Write ZIP files with a password: the classic cipher, and WinZip AES-256 (AE-1)."""

import hmac
import os
import struct
import zlib
from hashlib import pbkdf2_hmac, sha1
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

CRC = [0] * 256
for _value in range(256):
    _crc = _value
    for _ in range(8):
        _crc = (_crc >> 1) ^ (0xEDB88320 if _crc & 1 else 0)
    CRC[_value] = _crc


def locked_zip(folder: Path, target: Path, password: str, *, aes: bool) -> Path:
    """Pack the files of a folder under a password."""
    body, directory = b"", b""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in paths:
        raw = path.read_bytes()
        packed = _deflate(raw)
        crc = zlib.crc32(raw)
        data = _aes(packed, password) if aes else _classic(packed, password, crc)
        extra = struct.pack("<HHH2sBH", 0x9901, 7, 1, b"AE", 3, 8) if aes else b""
        name = path.name.encode()
        method, sizes = 99 if aes else 8, (len(data), len(raw))
        fields = struct.pack("<HHHHHLLL", 51, 1, method, 0, 0x5C21, crc, *sizes)
        lengths = struct.pack("<HH", len(name), len(extra))
        directory += b"PK\x01\x02" + struct.pack("<H", 51) + fields + lengths
        directory += struct.pack("<HHHLL", 0, 0, 0, 0, len(body)) + name + extra
        body += b"PK\x03\x04" + fields + lengths + name + extra + data
    counts = struct.pack("<HHHH", 0, 0, len(paths), len(paths))
    end = struct.pack("<LLH", len(directory), len(body), 0)
    target.write_bytes(body + directory + b"PK\x05\x06" + counts + end)
    return target


def _deflate(raw: bytes) -> bytes:
    compressor = zlib.compressobj(6, zlib.DEFLATED, -15)
    return compressor.compress(raw) + compressor.flush()


def _classic(packed: bytes, password: str, crc: int) -> bytes:
    a, b, c = 0x12345678, 0x23456789, 0x34567890

    def turn(byte: int) -> None:
        nonlocal a, b, c
        a = CRC[(a ^ byte) & 255] ^ (a >> 8)
        b = ((b + (a & 255)) * 134775813 + 1) & 0xFFFFFFFF
        c = CRC[(c ^ (b >> 24)) & 255] ^ (c >> 8)

    for byte in password.encode():
        turn(byte)
    out = bytearray()
    for byte in os.urandom(11) + bytes([crc >> 24]) + packed:
        mask = (c & 0xFFFF) | 2
        out.append(byte ^ ((mask * (mask ^ 1)) >> 8) & 255)
        turn(byte)
    return bytes(out)


def _aes(packed: bytes, password: str) -> bytes:
    salt = os.urandom(16)
    keys = pbkdf2_hmac("sha1", password.encode(), salt, 1000, 66)
    blocks = range(1, len(packed) // 16 + 2)
    counters = b"".join(number.to_bytes(16, "little") for number in blocks)
    cipher = Cipher(algorithms.AES(keys[:32]), modes.ECB()).encryptor()  # counters, each once
    stream = cipher.update(counters)
    data = bytes(x ^ y for x, y in zip(packed, stream, strict=False))
    return salt + keys[64:] + data + hmac.digest(keys[32:64], data, sha1)[:10]
