/** JSON text over several lines, each token as it is: a float keeps its fraction, a long number its digits. */

/** @param text valid JSON without blanks between its tokens, as events are written */
export function indentJson(text: string): string {
  let indented = '';
  let depth = 0;
  const newLine = () => `\n${'  '.repeat(depth)}`;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[{]\s*[\]}]|[[\]{},:]|[^"[\]{},:]+/g)) {
    if (token === '{' || token === '[') {
      depth++;
      indented += token + newLine();
    } else if (token === '}' || token === ']') {
      depth--;
      indented += newLine() + token;
    } else if (token === ',') indented += token + newLine();
    else indented += token === ':' ? ': ' : token;
  }
  return indented;
}
