/** The thread that reads pages: bytes in, their layout out, one page after the other. */
import { parentPort } from 'node:worker_threads';
import { EngineError, plainError } from '../errors.ts';
import { contentOf } from './hash-page.ts';
import { JsonPage, type PageLayout, pageLayout } from './json-page.ts';
import { asBuffer } from './json-scan.ts';
import { handedOver, type PageRequest, type PageResult } from './page-reader.ts';
import { RecordWalk } from './record-walk.ts';

parentPort?.on('message', (request: PageRequest) => {
  const result = resultOf(request);
  parentPort?.postMessage(result, 'layout' in result ? handedOver(result.layout) : []);
});

function resultOf(request: PageRequest): PageResult {
  try {
    return { layout: layoutOf(request) };
  } catch (error) {
    if (error instanceof EngineError) return { error: plainError(error) };
    return { fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** Of pages that were read and are yet to be hashed: where the members of their records lie. */
const walks = new Map<number, RecordWalk>();
/** Their memory serves the pages that come. */
const spare: RecordWalk[] = [];
let walkCount = 0;
/** Not all pages are hashed. */
const WALKS_MAX = 4;

function layoutOf(request: PageRequest): PageLayout {
  if ('layout' in request) {
    const { layout, rules } = request;
    const walk = walks.get(layout.walk ?? 0);
    const content = contentOf(new JsonPage(layout), rules, walk);
    giveBack(layout.walk ?? 0);
    return { ...layout, ...content };
  }
  const { bytes, recordsPath } = request;
  const walk = spare.pop() ?? new RecordWalk();
  const layout = pageLayout(asBuffer(bytes), recordsPath, walk);
  walks.set(++walkCount, walk);
  giveBack(walkCount - WALKS_MAX);
  return { ...layout, walk: walkCount, digest: new JsonPage(layout).digest() };
}

function giveBack(number: number): void {
  const walk = walks.get(number);
  if (walk && walks.delete(number)) spare.push(walk);
}
