import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/**
 * Seals values with one key. Layouts are those of kube-apiserver (apiserver `pkg/storage/value/encrypt`), so that a
 * value moves between both with its key.
 */
export interface Cipher {
  /** `place` is where the value is kept: what is moved elsewhere cannot be opened, as far as the scheme can tell. */
  seal(value: Uint8Array, place: string): Uint8Array;
  /** Throws for what was not sealed with this key. */
  open(sealed: Uint8Array, place: string): Uint8Array;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const BLOCK_BYTES = 16;
const SECRETBOX_NONCE_BYTES = 24;

/** Nonce, sealed value, tag; the place is authenticated. A key of 16, 24 or 32 bytes is good for 2^32 values. */
export function aesGcm(key: Uint8Array): Cipher {
  const algorithm = `aes-${aesBits(key)}-gcm` as const;
  return {
    seal(value, place) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(place));
      return Buffer.concat([nonce, cipher.update(value), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, place) {
      if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new RangeError("the stored value is too short");
      const end = sealed.length - TAG_BYTES;
      const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, NONCE_BYTES))
        .setAAD(Buffer.from(place))
        .setAuthTag(sealed.subarray(end));
      return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final()]);
    },
  };
}

/** Initialization vector, padded blocks. Nothing is authenticated: for values that another scheme must read. */
export function aesCbc(key: Uint8Array): Cipher {
  const algorithm = `aes-${aesBits(key)}-cbc`;
  return {
    seal(value) {
      const start = randomBytes(BLOCK_BYTES);
      const cipher = createCipheriv(algorithm, key, start);
      return Buffer.concat([start, cipher.update(value), cipher.final()]);
    },
    open(sealed) {
      const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, BLOCK_BYTES));
      return Buffer.concat([decipher.update(sealed.subarray(BLOCK_BYTES)), decipher.final()]);
    },
  };
}

/** Nonce, XSalsa20 and Poly1305 (NaCl `secretbox`); its library is loaded when a configuration asks for it. */
export async function secretbox(key: Uint8Array): Promise<Cipher> {
  const { xsalsa20poly1305 } = await import("@noble/ciphers/salsa.js");
  return {
    seal(value) {
      const nonce = randomBytes(SECRETBOX_NONCE_BYTES);
      return Buffer.concat([nonce, xsalsa20poly1305(key, nonce).encrypt(value)]);
    },
    open: (sealed) =>
      xsalsa20poly1305(key, sealed.subarray(0, SECRETBOX_NONCE_BYTES)).decrypt(
        sealed.subarray(SECRETBOX_NONCE_BYTES),
      ),
  };
}

function aesBits(key: Uint8Array): "128" | "192" | "256" {
  switch (key.length) {
    case 16:
      return "128";
    case 24:
      return "192";
    case 32:
      return "256";
    default:
      throw new RangeError(`An AES key of ${String(key.length)} bytes`);
  }
}
