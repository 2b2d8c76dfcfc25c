import { readFile } from "node:fs/promises";
import { readAuthorities } from "#https/certificate-chain.ts";
import { unusableFile } from "./unusable-file.ts";

/** The certificates in the file of a flag, as PEM; at least one. Rejects with a StartupError. */
export async function readAuthorityFile(flag: string, file: string): Promise<string> {
  let pem: string;
  let count: number;
  try {
    pem = await readFile(file, "utf8");
    count = readAuthorities(pem).length;
  } catch (cause) {
    throw unusableFile(flag, file, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (count === 0) throw unusableFile(flag, file, "it has no certificate");
  return pem;
}
