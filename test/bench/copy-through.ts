/** A program that reads NDJSON, parses and writes it again, and does nothing else: what a filter for JSON costs at least. */
import { openSync, readSync, writeSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

const [, , from = '', to = ''] = process.argv;
const [input, output] = [openSync(from, 'r'), openSync(to, 'w')];
const buffer = Buffer.allocUnsafe(256 * 1024);
const decoder = new StringDecoder('utf8');
let rest = '';
for (let count = readSync(input, buffer); count > 0; count = readSync(input, buffer)) {
  const lines = (rest + decoder.write(buffer.subarray(0, count))).split('\n');
  rest = lines.pop() ?? '';
  let text = '';
  for (const line of lines) text += `${JSON.stringify(JSON.parse(line))}\n`;
  writeSync(output, text);
}
