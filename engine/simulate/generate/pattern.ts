/**
 * `pattern`: a text with places to fill. `${index}` is the record's place, `${index:5}` with leading zeros, `${name}` a field
 * or variable; `${int:1-254}`, `${digits:3}`, `${hex:4}` and `${HEX:4}` are random.
 */
import { hexDigits } from './hex.ts';
import { drawInteger, type Generate, type GeneratorKind, type Scope } from './kind.ts';
import { saltAt } from './random.ts';

export const pattern: GeneratorKind<{ pattern: string }> = {
  properties: { pattern: { type: 'string' } },
  required: ['pattern'],
  compile: ({ pattern: text }, scope) => {
    const literals: string[] = [];
    const places: Generate[] = [];
    let end = 0;
    for (const found of text.matchAll(/\$\{([^}]*)\}/g)) {
      literals.push(text.slice(end, found.index));
      places.push(place(found[1] ?? '', scope, places.length));
      end = found.index + found[0].length;
    }
    const tail = text.slice(end);
    return (at) => {
      let made = '';
      for (let n = 0; n < places.length; n++) made += (literals[n] as string) + (places[n] as Generate)(at);
      return made + tail;
    };
  },
};

function place(inside: string, scope: Scope, nth: number): Generate {
  const salt = saltAt(scope.salt, nth + 1);
  const [name = '', argument] = inside.split(':', 2);
  if (name === 'index') {
    const width = Number(argument ?? 0);
    return (at) => String(at.index).padStart(width, '0');
  }
  if (argument === undefined) {
    const slot = scope.slot(name);
    return (at) => at.read(slot) ?? '';
  }
  if (name === 'int') {
    const [min = 0, max = 0] = argument.split('-').map(Number);
    return (at) => drawInteger(at, salt, min, max);
  }
  const length = Number(argument);
  if (name === 'digits') {
    return (at) => String(drawInteger(at, salt, 0, 10 ** length - 1)).padStart(length, '0');
  }
  if (name === 'hex' || name === 'HEX') return (at) => hexDigits(at, salt, length, name === 'HEX');
  scope.report(
    scope.path,
    `the pattern has \`\${${inside}}\`, expected \`index\`, a field or variable, \`int:a-b\`, \`digits:n\`, \`hex:n\` or \`HEX:n\``,
  );
  return () => '';
}
