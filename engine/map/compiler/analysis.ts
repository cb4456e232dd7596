/** What must be known of a whole expression before it is compiled? */
import { children, isArray, isObject, type LambdaNode, type Node, walk } from '../ast.ts';
import { BUILT_IN_FUNCTIONS } from '../built-in-functions.ts';

export interface Analysis {
  /** Variables must be looked up by name: `$eval` may read them, or tuples carry them. */
  isDynamic: boolean;
  /** Names that are bound anywhere, as variable or parameter. */
  bound: ReadonlySet<string>;
  /** Built-in functions that are mentioned. */
  builtIns: ReadonlySet<string>;
  /** Several members are evaluated side by side: which of two failures comes first is then the interpreter's business. */
  isRacy: boolean;
  /** What stands in the way of compiling. */
  obstacle?: string;
}

export function analyse(ast: Node): Analysis {
  const bound = new Set<string>();
  const mentioned = new Set<string>();
  let isDynamic = false;
  let isRacy = false;
  let obstacle: string | undefined;
  walk(ast, (node) => {
    if (node.type === 'bind') bound.add(node.lhs.value);
    if (node.type === 'lambda') for (const parameter of node.arguments) bound.add(parameter.value);
    if (node.type === 'variable') mentioned.add(node.value);
    if (hasTuples(node)) isDynamic = true;
    if (isWide(node)) isRacy = true;
    if ((isWide(node) || node.type === 'transform') && children(node).some(bindsInFrame)) {
      obstacle = 'a variable is bound where members are evaluated side by side';
    }
    if ((node as { type: string }).type === 'error') obstacle = 'the expression has errors';
  });
  if (mentioned.has('eval')) isDynamic = true;
  const builtIns = new Set([...mentioned].filter((name) => BUILT_IN_FUNCTIONS.has(name)));
  return { isDynamic, bound, builtIns, isRacy, ...(obstacle !== undefined && { obstacle }) };
}

function hasTuples(node: Node): boolean {
  const { focus, index, stages, type } = node as Node & { tuple?: boolean };
  return (
    type === 'parent' ||
    focus !== undefined ||
    index !== undefined ||
    (node as { tuple?: boolean }).tuple === true ||
    (stages ?? []).some((stage) => stage.type === 'index')
  );
}

/** The interpreter starts the members of these all at once. */
function isWide(node: Node): boolean {
  return isArray(node) || isObject(node) || node.group !== undefined;
}

/** Whether the node, or what is below it in the same frame, binds a variable. */
export function bindsInFrame(node: Node): boolean {
  let binds = knownToBind.get(node);
  if (binds === undefined) {
    binds = node.type === 'bind' || innerOf(node).some(bindsInFrame);
    knownToBind.set(node, binds);
  }
  return binds;
}

/** Constructors stand in each other, and each asks for all below it. */
const knownToBind = new WeakMap<Node, boolean>();

/** Visits a node and what is below it in the same frame: blocks and lambdas have frames of their own. */
export function walkFrame(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const child of innerOf(node)) walkFrame(child, visit);
}

function innerOf(node: Node): readonly Node[] {
  if (node.type !== 'block' && !(node.type === 'lambda' && !node.thunk)) return children(node);
  // Filters and groups on a block or lambda are outside of it.
  const inside = new Set<Node>(node.type === 'block' ? node.expressions : [...node.arguments, node.body]);
  return children(node).filter((child) => !inside.has(child));
}

/** How many evaluations are open in a lambda's body while its deepest call runs; 0 where it calls nothing. */
export function depthOf(node: Node): number {
  if (node.type === 'lambda') return node.thunk ? depthOf(node.body) : 0;
  const below = Math.max(0, ...children(node).map(depthOf));
  return below > 0 || node.type === 'function' || node.type === 'apply' ? below + 1 : 0;
}

/** Whether a lambda's body calls nothing that could lead back to it. */
export function isLeaf(lambda: LambdaNode, bound: ReadonlySet<string>): boolean {
  let leaf = true;
  walk(lambda.body, (node) => {
    if (node.type === 'apply' || node.type === 'partial' || node.type === 'transform') leaf = false;
    if (node.type === 'lambda' && !node.thunk) leaf = false;
    if (node.type === 'function' && !isPlainBuiltIn(node.procedure, bound)) leaf = false;
  });
  return leaf;
}

export function isPlainBuiltIn(procedure: Node, bound: ReadonlySet<string>): boolean {
  return (
    procedure.type === 'variable' &&
    procedure.predicate === undefined &&
    procedure.group === undefined &&
    BUILT_IN_FUNCTIONS.has(procedure.value) &&
    !bound.has(procedure.value) &&
    !CALLING_BACK.has(procedure.value)
  );
}

const CALLING_BACK: ReadonlySet<string> = new Set('map filter single reduce each sift sort eval'.split(' '));
