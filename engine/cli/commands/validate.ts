/** `tributary validate`: OCSF validation of NDJSON events. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createValidator } from '../../validate/validate.ts';
import { pathText, type Violation } from '../../validate/violation.ts';
import { EXIT } from '../exit-codes.ts';
import { paintOut as paint, print } from '../terminal.ts';

export default async function validateCommand(options: {
  class?: string;
  input?: string;
  json?: boolean;
}): Promise<number> {
  const validator = createValidator();
  const about = options.class === undefined ? {} : { className: options.class };
  const input = options.input === undefined ? process.stdin : createReadStream(options.input);
  let line = 0;
  let events = 0;
  let invalid = 0;
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line++;
    if (text.trim() === '') continue;
    events++;
    const violations = validator.validateText(text, about);
    if (violations.length === 0) continue;
    invalid++;
    await print(
      options.json
        ? JSON.stringify({ line, violations })
        : violations.map((one) => violationText(line, one)).join('\n'),
    );
  }
  if (!options.json) await print(`${events} events, ${invalid} not valid`);
  return invalid > 0 ? EXIT.findings : EXIT.ok;
}

function violationText(line: number, { code, path, message }: Violation): string {
  return `${line}: ${paint.red(`error[${code}]`)} ${pathText(path)} ${message}`;
}
