"""A slow and distant line with real TCP on it, for a browser in a network namespace of its own.

The kernel's netem is not everywhere, so the line is a pair of TUN devices with this program in
between: every IP packet waits for its turn at `rate` (up) and for half the round trip (both ways);
handshakes, slow start and lost packets are the kernel's own. The far end sends by CUBIC (RFC 9438),
as Windows and macOS do. On the near side the ports of the portal and of the store are handed on to
loopback. Needs root on Linux with /dev/net/tun, and `ip` of iproute2. The addresses are those for
benchmarks (RFC 2544).

    with line(rate=20, rtt_ms=40, ports=[8000, 8333], chromium="...") as there:
        playwright.chromium.launch(**there.options)
        there.drop(seconds=20)
        there.counts(8333)
        there.stream_seconds(31_000_000)
"""

import argparse
import asyncio
import fcntl
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

NEAR, FAR = "198.18.0.1", "198.18.0.2"
NAMESPACE = f"secondread-{os.getpid()}"
TUNSETIFF: Final = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
MTU = 1500
IPV4, TCP = 4, 6
#: A token bucket of so many seconds: time that this program was late is not lost to the line.
BURST_SECONDS = 0.01
#: What a home router holds back before it drops: so many seconds at the line's rate.
BUFFER_SECONDS = 0.1
CONGESTION_CONTROL = "/proc/sys/net/ipv4/tcp_congestion_control"
#: What a namespace may choose; systems that send by BBR leave CUBIC out.
ALLOWED = Path("/proc/sys/net/ipv4/tcp_allowed_congestion_control")
#: The line is no program that waits for its turn on the processor.
PRIORITY = 10
#: Sends so many bytes over one connection, and waits until all of them have arrived.
STREAM = """import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as there:
    there.sendall(bytes(int(sys.argv[3])))
    there.shutdown(socket.SHUT_WR)
    there.recv(1)
"""


class Direction:
    """One way of the line: packets leave one behind the other, and arrive after the delay."""

    def __init__(self, source: int, target: int, bits_per_second: float, delay: float) -> None:
        self.source, self.target = source, target
        self.rate, self.delay = bits_per_second, delay
        self.free_at = self.closed_until = 0.0
        #: By port: bytes that TCP carried there, and when the first came after a closure.
        self.carried: Counter[int] = Counter()
        self.first_after: dict[int, float] = {}
        asyncio.get_running_loop().add_reader(source, self.carry)

    def carry(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                packet = os.read(self.source, 65536)
            except BlockingIOError:
                return
            now = loop.time()
            if now < self.closed_until:
                continue
            start = max(now - BURST_SECONDS, self.free_at)
            if start - now > BUFFER_SECONDS:
                continue  # the buffer is full: TCP hears of it and slows down
            self.free_at = start + len(packet) * 8 / self.rate
            self.count(packet, now)
            loop.call_at(max(now, self.free_at) + self.delay, os.write, self.target, packet)

    def close(self, seconds: float) -> None:
        """Drop whatever comes, as a cable does that is pulled out."""
        self.closed_until = asyncio.get_running_loop().time() + seconds
        self.first_after.clear()

    def count(self, packet: bytes, now: float) -> None:
        if packet[0] >> 4 != IPV4 or packet[9] != TCP:
            return
        segment = packet[(packet[0] & 15) * 4 :]
        payload = len(segment) - (segment[12] >> 4) * 4
        if payload > 0:
            port = int.from_bytes(segment[2:4])
            self.carried[port] += payload
            self.first_after.setdefault(port, now)


async def carry(rate: float, rtt_ms: float, ports: list[int]) -> None:
    """Lay the line and keep it until standard input ends."""
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    near, far = tun("srnear"), tun("srfar")
    ip("link", "set", "srfar", "netns", NAMESPACE)
    ip("addr", "add", NEAR, "peer", FAR, "dev", "srnear")
    ip("link", "set", "srnear", "up", "mtu", str(MTU))
    inside = ("-n", NAMESPACE)
    ip(*inside, "addr", "add", FAR, "peer", NEAR, "dev", "srfar")
    ip(*inside, "link", "set", "srfar", "up", "mtu", str(MTU))
    ip(*inside, "link", "set", "lo", "up")
    ip("netns", "exec", NAMESPACE, "sh", "-c", f"echo cubic >{CONGESTION_CONTROL}")
    up = Direction(far, near, rate * 1e6, rtt_ms / 2000)
    down = Direction(near, far, 1e9, rtt_ms / 2000)
    for port in ports:
        await asyncio.start_server(to_loopback(port), NEAR, port)
    sink = await asyncio.start_server(swallow, NEAR, 0)
    print("READY", sink.sockets[0].getsockname()[1], flush=True)
    while words := (await asyncio.to_thread(sys.stdin.readline)).split():
        command, value = words
        if command == "drop":
            up.close(float(value))
            down.close(float(value))
        else:
            port = int(value)
            silent = max(0.0, up.first_after.get(port, up.closed_until) - up.closed_until)
            print(up.carried[port], silent, flush=True)


def tun(name: str) -> int:
    file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return file


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def to_loopback(port: int) -> Any:
    async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        with suppress(asyncio.CancelledError):  # the line is taken away
            await asyncio.gather(pump(reader, back), pump(there, writer))

    return hand_on


async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.read(65536):
        pass
    writer.close()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


@dataclass(frozen=True, slots=True)
class Line:
    """A line that lies; `options` are what Playwright's `launch` needs for its far end."""

    options: dict[str, Any]
    carrier: "subprocess.Popen[str]"
    sink: str

    def stream_seconds(self, size: int) -> float:
        """Send so many bytes up by one bare connection: the floor that TCP itself has here."""
        program = [sys.executable, "-c", STREAM, NEAR, self.sink, str(size)]
        started = time.monotonic()
        ip("netns", "exec", NAMESPACE, *program)
        return time.monotonic() - started

    def drop(self, seconds: float) -> None:
        """Let every packet, either way, get lost for a while."""
        self._say(f"drop {seconds}")

    def counts(self, port: int) -> tuple[int, float]:
        """Return the bytes that went up to a port, and how long it was silent after a closure."""
        self._say(f"count {port}")
        assert self.carrier.stdout
        carried, silent = self.carrier.stdout.readline().split()
        return int(carried), float(silent)

    def _say(self, command: str) -> None:
        assert self.carrier.stdin
        self.carrier.stdin.write(f"{command}\n")
        self.carrier.stdin.flush()


@contextmanager
def cubic_allowed() -> Iterator[None]:
    before = ALLOWED.read_text()
    ALLOWED.write_text(f"{before.strip()} cubic")
    try:
        yield
    finally:
        ALLOWED.write_text(before)


@contextmanager
def line(rate: float, rtt_ms: float, ports: list[int], chromium: str) -> Iterator[Line]:
    """Lay a line, with a browser at its far end in mind."""
    command = [sys.executable, "-m", "benchmarks.link", NAMESPACE, str(rate), str(rtt_ms)]
    command += [str(port) for port in ports]
    ip("netns", "add", NAMESPACE)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    try:
        with (
            cubic_allowed(),
            tempfile.TemporaryDirectory() as folder,
            subprocess.Popen(command, text=True, **pipes) as carrier,
        ):
            said = carrier.stdout.readline().split() if carrier.stdout else []
            if said[:1] != ["READY"]:
                raise SystemExit("the line could not be laid")
            browser = Path(folder) / "chromium"
            browser.write_text(f'#!/bin/sh\nexec ip netns exec {NAMESPACE} "{chromium}" "$@"\n')
            browser.chmod(0o755)
            rule = f"--host-resolver-rules=MAP 127.0.0.1 {NEAR}"
            options = {"executable_path": str(browser), "args": ["--no-sandbox", rule]}
            yield Line(options, carrier, sink=said[1])
            carrier.communicate()
    finally:
        ip("netns", "del", NAMESPACE)


def is_possible() -> bool:
    return os.geteuid() == 0 and Path("/dev/net/tun").exists() and bool(shutil.which("ip"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("namespace")
    parser.add_argument("rate", type=float)
    parser.add_argument("rtt_ms", type=float)
    parser.add_argument("ports", type=int, nargs="+")
    given = parser.parse_args()
    NAMESPACE = given.namespace
    asyncio.run(carry(given.rate, given.rtt_ms, given.ports))
