/**
 * `pattern`: a text with places to fill. `${index}` is the record's place, `${index:5}` with leading zeros, `${name}` a field
 * or variable; `${int:1-254}`, `${digits:3}`, `${hex:4}` and `${HEX:4}` are random.
 */
import type { Cursor } from './cursor.ts';
import { hexDigits, hexDigitsCode } from './hex.ts';
import { drawInteger, type Generate, type GeneratorKind, type Scope, type Write } from './kind.ts';
import { saltAt } from './random.ts';
import { type Code, callCode, digitsCode, drawCode, drawnInteger, putCode } from './write-code.ts';

export const pattern: GeneratorKind<{ pattern: string }> = {
  properties: { pattern: { type: 'string' } },
  required: ['pattern'],
  compile: ({ pattern: text }, scope) => {
    const literals: string[] = [];
    const places: Place[] = [];
    let from = 0;
    for (const found of text.matchAll(/\$\{([^}]*)\}/g)) {
      literals.push(text.slice(from, found.index));
      places.push(place(found[1] ?? '', scope, places.length));
      from = found.index + found[0].length;
    }
    const tail = text.slice(from);
    return {
      make: (at) => {
        let made = '';
        for (let n = 0; n < places.length; n++)
          made += (literals[n] as string) + (places[n] as Place).make(at);
        return made + tail;
      },
      code: (given) => {
        const codes = [...literals, tail].map((part, n) => {
          const text = JSON.stringify(part).slice(n === 0 ? 0 : 1, n === places.length ? undefined : -1);
          return putCode(text) + (places[n]?.code(given) ?? '');
        });
        return codes.join('\n');
      },
    };
  },
};

/** How a place is filled. */
interface Place {
  make: Generate;
  code: Code;
}

function place(inside: string, scope: Scope, nth: number): Place {
  const salt = saltAt(scope.salt, nth + 1);
  const [name = '', argument] = inside.split(':', 2);
  if (name === 'index') {
    const width = Number(argument ?? 0);
    return {
      make: (at) => String(at.index).padStart(width, '0'),
      code: () => digitsCode('at.index', Math.max(width, 1)),
    };
  }
  if (argument === undefined) {
    const slot = scope.slot(name);
    const make = (at: Cursor) => at.read(slot) ?? '';
    const write: Write = (at, out) => {
      const over = out.stepBack();
      const start = out.at;
      at.write(slot, out);
      if (!out.unquoteSince(start, over)) out.inner(String(make(at)));
    };
    return { make, code: (given) => callCode(write, given) };
  }
  if (name === 'int') {
    const [min = 0, max = 0] = argument.split('-').map(Number);
    const make = (at: Cursor) => drawInteger(at, salt, min, max);
    return { make, code: () => drawCode(salt) + digitsCode(drawnInteger(min, max), 1) };
  }
  const length = Number(argument);
  if (name === 'digits') {
    const max = 10 ** length - 1;
    const draw = (at: Cursor) => drawInteger(at, salt, 0, max);
    return {
      make: (at) => String(draw(at)).padStart(length, '0'),
      code: () => drawCode(salt) + digitsCode(drawnInteger(0, max), length),
    };
  }
  if (name === 'hex' || name === 'HEX') {
    const upper = name === 'HEX';
    return {
      make: (at) => hexDigits(at, salt, length, upper),
      code: (given) => hexDigitsCode(salt, length, upper, given),
    };
  }
  scope.report(
    scope.path,
    `the pattern has \`\${${inside}}\`, expected \`index\`, a field or variable, \`int:a-b\`, \`digits:n\`, \`hex:n\` or \`HEX:n\``,
  );
  return { make: () => '', code: () => '' };
}
