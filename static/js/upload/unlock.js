// Members of a ZIP with a password: the classic cipher (APPNOTE 6.1) and WinZip AES (AE-1, AE-2).
// Loaded only when such a ZIP is met. The password stays in this browser.
import { createAes } from "./aes.js";
import { SourceError } from "./source.js";

const CLASSIC_HEADER = 12;
const AES_PASSES = 1000;
const AES_MARK = 10;
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, value) => {
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

/**
 * The compressed bytes behind the lock, or the first `limit` of them.
 * @param {Blob} data as it stands in the ZIP
 * @param {{kind: string, password: string}} lock
 */
export async function unlock(data, lock, limit = Infinity) {
  return lock.kind === "aes" ? unlockAes(data, lock, limit) : unlockClassic(data, lock, limit);
}

async function unlockClassic(data, { password, check }, limit) {
  const bytes = new Uint8Array(await data.slice(0, CLASSIC_HEADER + limit).arrayBuffer());
  let [a, b, c] = [0x12345678, 0x23456789, 0x34567890];
  const turn = (byte) => {
    a = CRC_TABLE[(a ^ byte) & 255] ^ (a >>> 8);
    b = (Math.imul(b + (a & 255), 134775813) + 1) | 0;
    c = CRC_TABLE[(c ^ (b >>> 24)) & 255] ^ (c >>> 8);
  };
  for (const byte of new TextEncoder().encode(password)) turn(byte);
  for (let i = 0; i < bytes.length; i++) {
    const mask = (c & 0xffff) | 2;
    bytes[i] ^= (Math.imul(mask, mask ^ 1) >>> 8) & 255;
    turn(bytes[i]);
  }
  if (bytes[CLASSIC_HEADER - 1] !== check) throw new SourceError("zip-wrong-password");
  return new Blob([bytes.subarray(CLASSIC_HEADER)]);
}

async function unlockAes(data, { password, strength }, limit) {
  const [saltLength, keyLength] = [4 + 4 * strength, 8 + 8 * strength];
  const head = new Uint8Array(await data.slice(0, saltLength + 2).arrayBuffer());
  const keys = await deriveKeys(password, head.subarray(0, saltLength), keyLength);
  const isRight = head[saltLength] === keys.verifier[0] && head[saltLength + 1] === keys.verifier[1];
  if (!isRight) throw new SourceError("zip-wrong-password");
  const locked = data.slice(saltLength + 2, data.size - AES_MARK);
  if (limit >= locked.size) await checkMark(data, locked, keys.authentication);
  const bytes = new Uint8Array(await locked.slice(0, limit).arrayBuffer());
  countMode(createAes(keys.encryption), bytes);
  return new Blob([bytes]);
}

async function deriveKeys(password, salt, keyLength) {
  const secret = await crypto.subtle.importKey("raw", new TextEncoder().encode(password), "PBKDF2", false, ["deriveBits"]);
  const parameters = { name: "PBKDF2", hash: "SHA-1", salt, iterations: AES_PASSES };
  const bits = new Uint8Array(await crypto.subtle.deriveBits(parameters, secret, (2 * keyLength + 2) * 8));
  return {
    encryption: bits.subarray(0, keyLength),
    authentication: bits.subarray(keyLength, 2 * keyLength),
    verifier: bits.subarray(2 * keyLength),
  };
}

/** The last ten bytes are an HMAC-SHA1 over what stands before them. */
async function checkMark(data, locked, authentication) {
  const key = await crypto.subtle.importKey("raw", authentication, { name: "HMAC", hash: "SHA-1" }, false, ["sign"]);
  const computed = new Uint8Array(await crypto.subtle.sign("HMAC", key, await locked.arrayBuffer()));
  const stored = new Uint8Array(await data.slice(data.size - AES_MARK).arrayBuffer());
  if (stored.some((byte, i) => byte !== computed[i])) throw new SourceError("zip-damaged");
}

/** AES in counter mode with WinZip's little-endian counter, which WebCrypto does not have. */
function countMode(encryptBlock, bytes) {
  const counter = new Uint32Array(4); // as AES reads it: four big-endian words
  const stream = new Uint32Array(4);
  for (let at = 0, number = 1; at < bytes.length; at += 16, number++) {
    counter[0] = ((number & 255) << 24) | ((number & 0xff00) << 8) | ((number >>> 8) & 0xff00) | (number >>> 24);
    encryptBlock(counter, stream);
    const length = Math.min(16, bytes.length - at);
    for (let i = 0; i < length; i++) bytes[at + i] ^= stream[i >> 2] >>> (24 - 8 * (i & 3));
  }
}
