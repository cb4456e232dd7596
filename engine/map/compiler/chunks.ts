/** Which parts of a large expression become JavaScript functions of their own? Engines never optimise a function that is too long. */
import { children, isArray, isObject, type Node } from '../ast.ts';

/** Nodes that one function may have: a function of many more is only ever interpreted. */
const WHOLE_MAX = 500;
/** Nodes of a part: small enough to be optimised soon, large enough to be worth a call. */
const CHUNK_MIN = 30;

/**
 * Nodes whose values are computed by functions of their own, so that no function is long.
 * @param binding nodes that bind a variable of the code around them, which stays there
 */
export function chunksOf(ast: Node, binding: ReadonlySet<Node>): ReadonlySet<Node> {
  const chunks = new Set<Node>();
  const roots: Node[] = [ast];
  for (let root = roots.pop(); root !== undefined; root = roots.pop()) {
    const inside: Node[] = [];
    const found: Node[] = [];
    const whole = sizeOf(root, inside);
    if (whole > WHOLE_MAX) divide(root, found, binding);
    for (const chunk of found) if (chunk !== root) chunks.add(chunk);
    roots.push(...inside);
  }
  return chunks;
}

/** Nodes below a node, without the bodies of the lambdas, which are noted. */
function sizeOf(node: Node, bodies: Node[]): number {
  let size = 1;
  for (const child of children(node)) {
    if (isBody(child)) bodies.push(child.body);
    else size += sizeOf(child, bodies);
  }
  return size;
}

/** Notes chunks from the innermost to the outermost; gives how many nodes remain in the function around. */
function divide(node: Node, chunks: Node[], binding: ReadonlySet<Node>): number {
  let size = 1;
  for (const child of children(node)) if (!isBody(child)) size += divide(child, chunks, binding);
  if (size < CHUNK_MIN || !mayStandAlone(node) || binding.has(node)) return size;
  chunks.push(node);
  return 1;
}

function isBody(node: Node): node is Node & { type: 'lambda'; body: Node } {
  return node.type === 'lambda' && !node.thunk;
}

function mayStandAlone(node: Node): boolean {
  return isArray(node) || isObject(node) || KINDS.has(node.type);
}

const KINDS: ReadonlySet<string> = new Set(['path', 'condition', 'block', 'function', 'binary']);
