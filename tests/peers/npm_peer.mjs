// Seals or opens standard input with age-encryption: `seal RECIPIENT` or `open IDENTITY_FILE`.

import { readFileSync, writeSync } from "node:fs";
import { Decrypter, Encrypter } from "age-encryption";

const [verb, key] = process.argv.slice(2);
const data = new Uint8Array(readFileSync(0));

async function seal() {
  const encrypter = new Encrypter();
  encrypter.addRecipient(key);
  return encrypter.encrypt(data);
}

async function open() {
  const decrypter = new Decrypter();
  const lines = readFileSync(key, "ascii").split("\n");
  decrypter.addIdentity(lines.find((line) => line.startsWith("AGE-SECRET-KEY-")));
  return decrypter.decrypt(data);
}

const result = await (verb === "seal" ? seal() : open());
for (let written = 0; written < result.length; ) {
  try {
    written += writeSync(1, result, written);
  } catch (error) {
    if (error.code !== "EAGAIN") throw error;
  }
}
