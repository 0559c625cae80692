// AES encryption of single blocks (FIPS 197), by tables that are made when the module loads.

const SBOX = new Uint8Array(256);
const TABLES = [0, 1, 2, 3].map(() => new Uint32Array(256));
const double = (byte) => ((byte << 1) ^ (byte & 0x80 ? 0x11b : 0)) & 255;

function makeTables() {
  let [p, q] = [1, 1]; // q is the inverse of p in GF(2^8)
  do {
    p ^= double(p);
    q ^= q << 1;
    q ^= q << 2;
    q ^= q << 4;
    q &= 255;
    if (q & 0x80) q ^= 9;
    const turned = q ^ rotate8(q, 1) ^ rotate8(q, 2) ^ rotate8(q, 3) ^ rotate8(q, 4);
    SBOX[p] = turned ^ 0x63;
  } while (p !== 1);
  SBOX[0] = 0x63;
  for (let value = 0; value < 256; value++) {
    const s = SBOX[value];
    const word = ((double(s) << 24) | (s << 16) | (s << 8) | (double(s) ^ s)) >>> 0;
    TABLES.forEach((table, i) => {
      table[value] = (word >>> (8 * i)) | (i ? word << (32 - 8 * i) : 0);
    });
  }
}

const rotate8 = (byte, count) => ((byte << count) | (byte >>> (8 - count))) & 255;
makeTables();

const substitute = (word) =>
  (SBOX[word >>> 24] << 24) | (SBOX[(word >>> 16) & 255] << 16) | (SBOX[(word >>> 8) & 255] << 8) | SBOX[word & 255];

function expandKey(key) {
  const length = key.length / 4;
  const words = new Uint32Array(4 * (length + 7));
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  let constant = 1;
  for (let i = 0; i < words.length; i++) {
    if (i < length) {
      words[i] = view.getUint32(4 * i);
      continue;
    }
    let word = words[i - 1];
    if (i % length === 0) {
      word = substitute((word << 8) | (word >>> 24)) ^ (constant << 24);
      constant = double(constant);
    } else if (length > 6 && i % length === 4) {
      word = substitute(word);
    }
    words[i] = words[i - length] ^ word;
  }
  return words;
}

/** @returns {(block: Uint32Array, out: Uint32Array) => void} encrypts four big-endian words */
export function createAes(key) {
  const words = expandKey(key);
  const rounds = words.length / 4 - 1;
  const [t0, t1, t2, t3] = TABLES;
  const mix = (w, x, y, z, roundKey) =>
    t0[w >>> 24] ^ t1[(x >>> 16) & 255] ^ t2[(y >>> 8) & 255] ^ t3[z & 255] ^ roundKey;
  const last = (w, x, y, z, roundKey) =>
    substitute((w & 0xff000000) | (x & 0xff0000) | (y & 0xff00) | (z & 255)) ^ roundKey;
  return (block, out) => {
    let a = block[0] ^ words[0];
    let b = block[1] ^ words[1];
    let c = block[2] ^ words[2];
    let d = block[3] ^ words[3];
    let at = 4;
    for (let round = 1; round < rounds; round++, at += 4) {
      const e = mix(a, b, c, d, words[at]);
      const f = mix(b, c, d, a, words[at + 1]);
      const g = mix(c, d, a, b, words[at + 2]);
      d = mix(d, a, b, c, words[at + 3]);
      a = e;
      b = f;
      c = g;
    }
    out[0] = last(a, b, c, d, words[at]);
    out[1] = last(b, c, d, a, words[at + 1]);
    out[2] = last(c, d, a, b, words[at + 2]);
    out[3] = last(d, a, b, c, words[at + 3]);
  };
}
