/** The nearest valid name to what was written: for "did you mean". */

/** At most three candidates within a third of the word's length (Levenshtein), nearest first, case ignored for equality. */
export function suggest(word: string, candidates: Iterable<string>): string[] {
  const allowed = Math.max(1, Math.floor(word.length / 3));
  const near: { candidate: string; distance: number }[] = [];
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > allowed) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance <= allowed) near.push({ candidate, distance });
  }
  near.sort((a, b) => a.distance - b.distance || a.candidate.localeCompare(b.candidate));
  return near.slice(0, 3).map((entry) => entry.candidate);
}

/** "did you mean `x`?", or undefined where nothing is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const names = suggest(word, candidates);
  return names.length === 0 ? undefined : `did you mean ${names.map((name) => `\`${name}\``).join(' or ')}?`;
}

/** Levenshtein distance with adjacent transposition counted as one edit. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforePrevious[j - 2] ?? 0) + 1);
      }
      current.push(best);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}
