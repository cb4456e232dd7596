/** Finds numbers whose text is of the wrong kind: `9` where a float belongs, `1733047200.0` where an integer does. */
import { JSON_DEPTH_MAX } from '../limits.ts';
import type { Field, Plan } from './plan.ts';
import { type Step, type Violation, violation } from './violation.ts';

/**
 * Scans the JSON text of an event along its class. JavaScript reads `9` and `9.0` as one value; other readers of events
 * do not, and the official server refuses either in the other's place. The text must be valid JSON.
 */
export function numberTextViolations(text: string, plan: Plan): Violation[] {
  const scan: Scan = { text, at: 0, path: [], violations: [] };
  skipSpace(scan);
  scanValue(scan, undefined, plan);
  return scan.violations;
}

interface Scan {
  text: string;
  at: number;
  path: Step[];
  violations: Violation[];
}

const BACKSLASH = 92;
const NUMBER = /-?\d[\d.eE+-]*/y;
const LITERAL = /[a-z]+/y;

/** Passes one value. `plan` says what its objects hold; without one nothing inside of it is of interest. */
function scanValue(scan: Scan, field: Field | undefined, plan: Plan | undefined): void {
  const first = scan.text[scan.at];
  if (first === '"') skipString(scan);
  else if (first === '{' || first === '[') {
    const isKnown = plan !== undefined && !plan.isOpen && scan.path.length <= JSON_DEPTH_MAX;
    if (first === '{' && isKnown) scanObject(scan, plan);
    else if (first === '[' && field?.isArray) scanArray(scan, field, plan);
    else skipNested(scan);
  } else {
    const number = token(scan, NUMBER);
    if (number === '') token(scan, LITERAL);
    else if (field) judge(scan, number, field);
  }
  skipSpace(scan);
}

function scanObject(scan: Scan, plan: Plan): void {
  scan.at += 1;
  skipSpace(scan);
  while (scan.text[scan.at] !== '}') {
    const name = scanName(scan);
    skipSpace(scan);
    scan.at += 1;
    skipSpace(scan);
    const field = plan.fields.get(name);
    scan.path.push(name);
    scanValue(scan, field, field?.plan());
    scan.path.pop();
    skipComma(scan);
  }
  scan.at += 1;
}

function scanArray(scan: Scan, field: Field, plan: Plan | undefined): void {
  scan.at += 1;
  skipSpace(scan);
  for (let index = 0; scan.text[scan.at] !== ']'; index++) {
    scan.path.push(index);
    // An array within an array belongs nowhere in OCSF; its kind is refused elsewhere.
    if (scan.text[scan.at] === '[') skipNested(scan);
    else scanValue(scan, field, plan);
    scan.path.pop();
    skipSpace(scan);
    skipComma(scan);
  }
  scan.at += 1;
}

function judge(scan: Scan, number: string, { attribute }: Field): void {
  const isFloat = /[.eE]/.test(number);
  const { baseType, type } = attribute;
  if (isFloat && (baseType === 'integer' || baseType === 'long')) {
    const complaint = `is the float ${number}, expected an integer (\`${type}\`)`;
    scan.violations.push(violation('ocsf-type', scan.path, complaint, attribute));
  } else if (!isFloat && baseType === 'float') {
    const complaint = `is the integer ${number}, expected a float (\`${type}\`), written ${number}.0`;
    scan.violations.push(violation('ocsf-type', scan.path, complaint, attribute));
  }
}

function token(scan: Scan, pattern: RegExp): string {
  pattern.lastIndex = scan.at;
  const found = pattern.exec(scan.text)?.[0] ?? '';
  scan.at += found.length;
  return found;
}

function skipSpace(scan: Scan): void {
  while (scan.text.charCodeAt(scan.at) <= 32) scan.at += 1;
}

function skipComma(scan: Scan): void {
  if (scan.text[scan.at] !== ',') return;
  scan.at += 1;
  skipSpace(scan);
}

/** From the opening quote past the closing one: the first that an even number of backslashes precedes. */
function skipString(scan: Scan): void {
  const { text } = scan;
  let end = text.indexOf('"', scan.at + 1);
  while (text.charCodeAt(end - 1) === BACKSLASH && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  scan.at = end + 1;
}

function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
  return (at - first) % 2 === 1;
}

/** Past the name of an attribute; its text in JSON is its own unless something is escaped. */
function scanName(scan: Scan): string {
  const start = scan.at;
  skipString(scan);
  const name = scan.text.slice(start + 1, scan.at - 1);
  return name.includes('\\') ? JSON.parse(`"${name}"`) : name;
}

/** Past a whole object or array, without recursion: free content may be nested to any depth. */
function skipNested(scan: Scan): void {
  let depth = 0;
  do {
    const char = scan.text[scan.at];
    if (char === '"') {
      skipString(scan);
      continue;
    }
    if (char === '{' || char === '[') depth += 1;
    if (char === '}' || char === ']') depth -= 1;
    scan.at += 1;
  } while (depth > 0);
}
