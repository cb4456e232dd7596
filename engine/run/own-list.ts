/** The list of the stream's own records, and what can be done when it does not come as it should. */
import type { Endpoint } from '../compile/connector.ts';
import { EngineError } from '../errors.ts';
import { pageLoop } from '../fetch/page-walk.ts';
import type { Changes } from './changes.ts';
import { type Gaps, missingPage } from './gaps.ts';
import type { LaneOptions } from './lane-options.ts';
import type { List, ListStep, WalkedList } from './lists.ts';
import type { Rejections } from './rejections.ts';
import type { ScanCourse } from './scan-course.ts';

export interface OwnListOptions {
  lane: Pick<LaneOptions, 'stream' | 'store' | 'now' | 'isPoisonSkipped'>;
  course: ScanCourse;
  changes: Changes;
  gaps: Gaps;
  rejections: Rejections;
}

/** What may not happen to a shorter slice. */
const TOO_LONG = ['page-link-expired', 'page-too-many'];

export class OwnList implements List {
  readonly endpoint: Endpoint;
  readonly #list: WalkedList;
  readonly #options: OwnListOptions;

  constructor(list: WalkedList, options: OwnListOptions) {
    this.endpoint = list.endpoint;
    this.#list = list;
    this.#options = options;
  }

  /** Pages that came. */
  get pages(): number {
    return this.#list.pages;
  }

  prepare(): Promise<void> {
    return this.#list.prepare();
  }

  close(): void {
    this.#list.close();
  }

  async step(): Promise<ListStep> {
    const { lane, changes } = this.#options;
    try {
      await this.#refuseCircles();
      const step = await this.#list.step();
      if (step.type === 'page') changes.progress.beginPage(step.page.number, lane.store.greatestId);
      return step;
    } catch (error) {
      if (!(error instanceof EngineError) || error.retry !== 'never') throw error;
      return this.#mended(error);
    }
  }

  /** Pages that repeat what came before under other names; those of files may, after their list was asked for anew. */
  async #refuseCircles(): Promise<void> {
    const { lane, changes } = this.#options;
    const { progress } = changes;
    if (this.endpoint.exportFiles || !progress.isInCircles) return;
    const observed = `${progress.pagesWithoutNew} pages in a row list nothing that was not listed before`;
    progress.beginPage(1, lane.store.greatestId);
    throw await this.#list.beginAnew(pageLoop(this.endpoint, observed));
  }

  /** What is left when no further attempt helps: a slice is cut, a page passed over. */
  async #mended(error: EngineError): Promise<ListStep> {
    const { lane, course, changes, gaps, rejections } = this.#options;
    if (TOO_LONG.includes(error.code) && course.halve()) return { type: 'cut' };
    const { unread } = this.#list;
    if (!unread || !lane.isPoisonSkipped || lane.stream.group || gaps.isFull) throw error;
    if (!(await this.#list.passOver())) throw error;
    rejections.addGap(gaps.add(unread, this.endpoint, course.plan, error, lane.now), unread);
    changes.missRecords();
    return { type: 'page', page: missingPage(unread, lane.now) };
  }
}
