/** S13: what a vendor or an attacker writes into records is made visible on the terminal, and stays one line in files. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../engine/env.ts';
import { EngineError } from '../../engine/errors.ts';
import { nodeFiles } from '../../engine/files.ts';
import { errorAsDiagnostic, prettyDiagnostic, shortDiagnostic } from '../../engine/report/format.ts';
import { paintFor } from '../../engine/report/paint.ts';
import { openDeadLetters } from '../../engine/write/dead-letters.ts';
import { createEventText } from '../../engine/write/event-text.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { filesIn, readNdjson } from '../support/tenant.ts';

const C0 = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code));
const C1 = Array.from({ length: 33 }, (_, code) => String.fromCharCode(0x7f + code));
const BIDI = [
  ...'\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029\ufeff',
];
const SEQUENCES = [
  '\u001b]8;;https://evil.example\u0007click\u001b]8;;\u0007',
  '\u001b[2J\u001b[H',
  '\u009b31m',
  '\u001b[8mhidden',
];
const HOSTILE = [
  ...C0,
  ...C1,
  ...BIDI,
  ...SEQUENCES,
  '\n{"forged":true}\n',
  '=cmd|calc',
  '\r\nSet-Cookie: a',
];
const TERMINAL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that a terminal must not get
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

describe('a message that quotes a record', () => {
  it.each(HOSTILE.map((text) => [JSON.stringify(text), text]))('with %s is printed without it', (_, text) => {
    const error = new EngineError({
      code: 'map-failed',
      kind: 'data',
      message: `x${text}y`,
      fix: `a${text}b`,
    });
    const plain = paintFor({}, { NO_COLOR: '1' });
    for (const shown of [
      prettyDiagnostic(errorAsDiagnostic(error), plain),
      shortDiagnostic(errorAsDiagnostic(error)),
    ]) {
      expect(shown).not.toMatch(TERMINAL);
      expect(shown).not.toContain('\n{');
    }
  });
});

describe('a file', () => {
  it('has one line an event, from which the same text is read', () => {
    const textOf = createEventText(['inventory_info']);
    for (const text of HOSTILE) {
      const event = { class_uid: 5001, message: text, unmapped: { [text]: text } };
      const line = textOf(event);
      expect(line).not.toMatch(/[\n\r]/);
      expect(JSON.parse(line)).toEqual(event);
    }
  });

  it('of dead letters has one line a record', async () => {
    const folder = temporaryDirectory();
    const env = { files: nodeFiles, clock: systemClock, randomBytes: () => new Uint8Array(4) };
    const letters = openDeadLetters(join(folder, 'dead'), {
      stream: 's',
      lane: 'l',
      generation: () => 1,
      env,
    });
    await letters.recover(undefined);
    await letters.write(
      HOSTILE.map((text) => ({
        at: '',
        lane: 'l',
        stage: 'map' as const,
        code: 'c',
        message: text,
        key: text,
        record: { [text]: text },
      })),
    );
    await letters.acknowledge();
    await letters.seal();
    const lines = filesIn(join(folder, 'dead')).flatMap(readNdjson);
    expect(lines.map(({ message }) => message)).toEqual(HOSTILE);
  });
});
