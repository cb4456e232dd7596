/** How an object is written, member by member. */
import type { Maker } from './kind.ts';
import { type Code, callCode, codeOf, Given, putCode, writeOf } from './write-code.ts';

const OPEN = 0x7b;

/** Writes the members that are there, in their order. */
export function objectCode(members: Iterable<readonly [string, Maker]>): Code {
  return (given) => {
    const code = ['{ const start = p;'];
    let constants = '';
    for (const [name, maker] of members) {
      const label = `,${JSON.stringify(name)}:`;
      if (maker.constant !== undefined) {
        constants += label + maker.constant;
        continue;
      }
      code.push(putCode(constants + label), `{ const value = p; ${memberCode(maker, given)}`);
      code.push(`if (p === value) p -= ${Buffer.byteLength(label)}; }`);
      constants = '';
    }
    // Each member brought its comma, so that the first one needs no other text than the rest.
    code.push(putCode(constants), `if (p === start) { ${putCode('{')} } else view.setUint8(start, ${OPEN});`);
    code.push(putCode('}'), '}');
    return code.join('\n');
  };
}

/** Much code stays apart: a function that is too long is not compiled well, or not at all. */
const INLINE_MAX = 1000;

function memberCode(maker: Maker, given: Given): string {
  const isLong = maker.code !== undefined && maker.code(new Given()).length > INLINE_MAX;
  return isLong ? callCode(writeOf(maker), given) : codeOf(maker, given);
}
