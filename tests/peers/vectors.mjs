// Unpacks the published vectors of the age format: NAME.facts and NAME.age for each, into a folder.
import { writeFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import * as vectors from "cctv-age";

const folder = process.argv[2];
for (const [name, vector] of Object.entries(vectors)) {
  const bytes = Buffer.from(vector);
  const end = bytes.indexOf("\n\n");
  const facts = bytes.subarray(0, end + 1);
  const file = bytes.subarray(end + 2);
  const isPacked = facts.includes("compressed: zlib\n");
  writeFileSync(`${folder}/${name}.facts`, facts);
  writeFileSync(`${folder}/${name}.age`, isPacked ? inflateSync(file) : file);
}
