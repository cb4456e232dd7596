/** Exports as files: a list of signed URLs on the simulator's own origin, and the gzip files of JSON lines behind them. */
import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from './answer.ts';
import type { Refusal } from './conditions.ts';
import { type ErrorsSpec, errorAnswer } from './error-answer.ts';
import { type Fault, faultOf } from './faults/fault.ts';
import { Cursor } from './generate/cursor.ts';
import { JsonBytes } from './json-bytes.ts';
import { countIn } from './paging/page-size.ts';
import { renamedView } from './record-view.ts';
import type { Rows, View } from './rows.ts';
import { GivenRows } from './rows.ts';
import { fill, fillText, type Values } from './template.ts';
import type { Endpoint, Vendor } from './vendor.ts';

export interface ExportSpec {
  /** The path of a file, with `${date}`, `${time}`, `${part}` and `${id}` besides the usual. */
  path: string;
  /** How many there are, where there are as many records. */
  files: number;
  /** The parameter that says for how many hours the URLs are good, and how many those are by default and at most. */
  valid: { parameter: string; hours: number; hours_max: number };
  /** The names of members that are not just written with a capital letter. */
  names?: Record<string, string>;
  /** The body of the answer, with `${files}` and `${generated}`. */
  answer: unknown;
  /** How the storage words its refusals. */
  errors: string;
}

export interface ExportFile {
  endpoint: Endpoint;
  rows: Rows;
  view: View;
}

/** Files that are kept to be fetched; those of older lists are gone. */
const FILES_MAX = 2000;

/** The list of files; they hold what there is now, whenever they are fetched. */
export function filesAnswer(
  vendor: Vendor,
  endpoint: Endpoint,
  asked: { query: URLSearchParams; view: View; values: Values; faults: readonly Fault[] },
): Answer | Refusal {
  const spec = endpoint.spec.export as ExportSpec;
  const hours = countIn(asked.query, spec.valid.parameter) ?? spec.valid.hours;
  if (typeof hours === 'object') return hours;
  if (hours < 1 || hours > spec.valid.hours_max) {
    return { condition: 'bad_query', values: { parameter: spec.valid.parameter, value: hours } };
  }
  const nowMs = vendor.nowMs();
  const isExpired = faultOf(asked.faults, 'expired_links') !== undefined;
  const until = seconds(isExpired ? nowMs - 1000 : nowMs + hours * 3_600_000);
  const { indices } = vendor.all(endpoint.collection).takeAfter(-1, Number.POSITIVE_INFINITY);
  const files: string[] = [];
  const [date = '', clock = ''] = seconds(nowMs).split('T');
  const size = Math.ceil(indices.length / spec.files);
  for (let at = 0; at < indices.length; at += size) {
    const path = fillText(spec.path, {
      ...asked.values,
      date,
      time: clock.slice(0, 5).replace(':', ''),
      part: String(files.length).padStart(5, '0'),
      id: vendor.uuid(),
    });
    const rows = new GivenRows(endpoint.collection, vendor.epoch, indices.slice(at, at + size));
    keep(vendor.files, path, { endpoint, rows, view: renamedView(asked.view, spec.names ?? {}) });
    const period = `st=${encodeURIComponent(seconds(nowMs))}&se=${encodeURIComponent(until)}`;
    const signature = encodeURIComponent(signatureOf(vendor, path, until));
    files.push(`${vendor.origin}${path}?sv=2019-12-12&${period}&sr=b&sp=r&sig=${signature}`);
  }
  const body = fill(spec.answer, { ...asked.values, files, generated: seconds(nowMs) });
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** The file at a path, for who has its URL in time and brings no credentials along. */
export function fileAnswer(
  vendor: Vendor,
  file: ExportFile,
  request: { path: string; search: string; headers: IncomingHttpHeaders },
): Answer {
  const refused = (refusal: Refusal) => {
    const errors = vendor.definition.errors[file.endpoint.spec.export?.errors ?? ''] as ErrorsSpec;
    return errorAnswer(errors, refusal, vendor.values(request.path));
  };
  if (request.headers.authorization !== undefined) return refused({ condition: 'unwanted_credentials' });
  const query = new URLSearchParams(request.search);
  const until = query.get('se') ?? '';
  if (query.get('sig') !== signatureOf(vendor, request.path, until)) {
    return refused({ condition: 'unsigned_link' });
  }
  if (Date.parse(until) < vendor.nowMs()) {
    return refused({ condition: 'expired_link', values: { start: query.get('st'), expired_at: until } });
  }
  return {
    status: 200,
    headers: { 'content-type': 'application/octet-stream' },
    body: lines(file),
    packed: true,
  };
}

const LINE_END = 0x0a;

function* lines({ rows, view }: ExportFile): Generator<Buffer> {
  const cursor = new Cursor(rows.collection);
  const out = new JsonBytes();
  for (const index of rows.takeAfter(-1, Number.POSITIVE_INFINITY).indices) {
    rows.write(index, cursor, view, out);
    out.byte(LINE_END);
    if (out.isFull) yield out.take();
  }
  yield out.take();
}

function keep(files: Map<string, ExportFile>, path: string, file: ExportFile): void {
  files.set(path, file);
  for (const oldest of files.keys()) {
    if (files.size <= FILES_MAX) return;
    files.delete(oldest);
  }
}

function signatureOf(vendor: Vendor, path: string, until: string): string {
  return createHmac('sha256', vendor.origin).update(`${path}\n${until}`).digest('base64');
}

/** `YYYY-MM-DDTHH:MM:SSZ`. */
function seconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
