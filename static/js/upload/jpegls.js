// A lossless JPEG-LS encoder (ITU-T T.87) for one component. Names of one letter are the standard's.

const J = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const RESET = 64;
const ENDS = 365; // the first of the two contexts of a sample that ends a run

/**
 * @param {Uint16Array} samples below 2 ** precision, which is 8 to 16
 * @returns {Uint8Array | null} the stream; null where it is not shorter than the samples
 */
export function encode(samples, columns, precision) {
  const lines = samples.length / columns;
  const largest = 2 ** precision - 1;
  const unused = 32 - precision;
  const longest = precision + 2 * Math.max(8, precision) - 1;
  const region = regions(largest);
  const [A, B, C, N] = [(largest + 33) >> 6, 0, 0, 1].map((start) => new Int32Array(ENDS + 2).fill(start));
  const head = [255, 0xd8, 255, 0xf7, 0, 11, precision, lines >> 8, lines, columns >> 8, columns, 1, 1, 17, 0];
  const out = new Uint8Array(samples.byteLength + 32); // what would be longer is not kept
  out.set([...head, 255, 0xda, 0, 8, 1, 1, 0, 0, 0, 0]);
  let [at, pending, count, room, index] = [25, 0, 0, 8, 0];
  let [before, line] = [new Uint16Array(columns + 2), new Uint16Array(columns + 2)];

  /** At most 24 bits. The byte behind one of ones begins with 0. */
  function put(bits, length) {
    pending = (pending << length) | bits;
    count += length;
    while (count >= room) {
      count -= room;
      const byte = pending >>> count;
      out[at++] = byte;
      pending ^= byte << count;
      room = byte === 255 ? 7 : 8;
    }
  }

  function golomb(value, k, most) {
    let zeros = value >> k;
    if (zeros >= most) [zeros, k, value] = [most, precision, value - 1];
    for (; zeros > 7; zeros -= 7) put(0, 7);
    put((1 << k) | (value & ((1 << k) - 1)), zeros + 1 + k);
  }

  /** Put the samples from x on that equal the one before; returns where the next one is. */
  function run(line, x) {
    let length = -x;
    for (const a = line[x - 1]; x <= columns && line[x] === a; ) x++;
    for (length += x; length >= 1 << J[index]; index += index < 31) {
      length -= 1 << J[index];
      put(1, 1);
    }
    if (x <= columns) put(length, J[index] + 1);
    else if (length > 0) put(1, 1);
    return x;
  }

  for (let start = 0; start < samples.length; start += columns) {
    [before, line] = [line, before];
    line.set(samples.subarray(start, start + columns), 1);
    line[0] = before[1];
    before[columns + 1] = before[columns];
    for (let x = 1; x <= columns; x++) {
      const a = line[x - 1];
      const b = before[x];
      const c = before[x - 1];
      let q = 81 * region[before[x + 1] - b + largest] + 9 * region[b - c + largest] + region[c - a + largest];
      let sign = q >> 31;
      let guess = a + b - c;
      if (q === 0) {
        x = run(line, x);
        if (x > columns) break;
        guess = before[x];
        sign = a > guess ? -1 : 0;
        q = a === guess ? ENDS + 1 : ENDS;
      } else {
        q = (q ^ sign) - sign;
        if (c >= a && c >= b) guess = a < b ? a : b;
        else if (c <= a && c <= b) guess = a > b ? a : b;
        guess += (C[q] ^ sign) - sign;
        guess = guess < 0 ? 0 : guess > largest ? largest : guess;
      }
      const error = ((((line[x] - guess) ^ sign) - sign) << unused) >> unused;
      const size = error < 0 ? -error : error;
      let n = N[q];
      const mean = q > ENDS ? A[q] + (n >> 1) : A[q];
      let k = Math.max(0, Math.clz32(n) - Math.clz32(mean));
      if (n << k < mean) k++;
      if (q < ENDS) {
        const folded = k === 0 && 2 * B[q] <= -n ? ~error : error;
        golomb((folded << 1) ^ (folded >> 31), k, longest);
        A[q] += size;
        B[q] += error;
      } else {
        const isSeldomBelow = 2 * B[q] < n;
        const map = error > 0 ? k === 0 && isSeldomBelow : error < 0 && (k > 0 || !isSeldomBelow);
        const value = 2 * size - (q - ENDS) - map;
        golomb(value, k, longest - J[index] - 1);
        A[q] += (value + 1 - (q - ENDS)) >> 1;
        B[q] += error < 0;
        index -= index > 0;
      }
      if (n === RESET) {
        A[q] >>= 1;
        B[q] >>= 1;
        n >>= 1;
      }
      N[q] = ++n;
      if (q >= ENDS) continue;
      if (B[q] <= -n) {
        B[q] = Math.max(B[q] + n, 1 - n);
        C[q] -= C[q] > -128;
      } else if (B[q] > 0) {
        B[q] = Math.min(B[q] - n, 0);
        C[q] += C[q] < 127;
      }
    }
  }
  if (count > 0 || room === 7) put(0, room - count);
  if (at >= samples.byteLength) return null;
  out.set([255, 0xd9], at);
  return out.subarray(0, at + 2);
}

/** From -4 to 4: the region of each difference of two neighbours. */
function regions(largest) {
  const factor = (Math.min(largest, 4095) + 128) >> 8;
  const found = new Int8Array(2 * largest + 1);
  [1, factor + 2, 4 * factor + 3, 17 * factor + 4].forEach((bound, i) => {
    found.fill(-i - 1, 0, largest - bound + 1);
    found.fill(i + 1, largest + bound);
  });
  return found;
}
