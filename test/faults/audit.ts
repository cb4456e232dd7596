/** What the vendor saw: every request with its time, and what was wrong with it. */

/** One request to the API, counted against the limits of its application. */
export interface Call {
  /** Milliseconds since the beginning. */
  at: number;
  tenant: string;
  /** The process that sent it. */
  process: number;
  /** What processes know of each other's calls ends with a jump of the clock and with what they have written of them. */
  era: string;
}

/** The vendor asked an application to wait. */
export interface Hold {
  /** When the answer was there, and until when nothing is to come. */
  from: number;
  until: number;
  tenant: string;
  process: number;
  era: string;
}

export class Audit {
  requests = 0;
  readonly calls: Call[] = [];
  readonly holds: Hold[] = [];
  /** Whatever is never to be seen: a foreign origin, a credential in the wrong place. */
  readonly wrongs: { invariant: string; what: string }[] = [];

  wrong(invariant: string, what: string): void {
    this.wrongs.push({ invariant, what });
  }
}
