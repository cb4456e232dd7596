/** How an object is written, member by member. */
import type { Maker, Write } from './kind.ts';
import { putCode, writeOf, writerOf } from './write-code.ts';

const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Writes the members that are there, in their order. */
export function objectWriter(members: Iterable<readonly [string, Maker]>): Write {
  const writes: Write[] = [];
  const code = ['const start = out.at;'];
  let constants = '';
  for (const [name, maker] of members) {
    const label = `,${JSON.stringify(name)}:`;
    if (maker.constant !== undefined) {
      constants += label + maker.constant;
      continue;
    }
    const kept = Buffer.byteLength(constants);
    const before = kept + Buffer.byteLength(label);
    code.push(putCode(constants + label), `write${writes.length}(at, out);`);
    code.push(`if (out.at === p + ${before}) out.at = p + ${kept};`);
    writes.push(writeOf(maker));
    constants = '';
  }
  // Each member brought its comma, so that the first one needs no other text than the rest.
  code.push(putCode(constants), `if (out.at === start) out.byte(${OPEN});`);
  code.push(`else out.replace(start, ${OPEN});`, `out.byte(${CLOSE});`);
  return writerOf(code, { write: writes });
}
