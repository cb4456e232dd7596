/** What must be known of a whole expression before it is compiled? */
import {
  type BlockNode,
  children,
  isArray,
  isObject,
  type LambdaNode,
  type Node,
  type RegexNode,
  walk,
} from '../ast.ts';
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
  /** The text tells a list that may have other names to stay one even of one item: `$name[]`. */
  keepsLists: boolean;
  /** Something may look at an object without a signature before it: a built-in function that is applied partially. */
  showsObjects: boolean;
  /** Of all object and array constructors. */
  members: number;
  regexes: readonly RegexNode[];
  /** Nodes that bind a variable of the frame around them, themselves or below. */
  binding: ReadonlySet<Node>;
  /** What stands in the way of compiling. */
  obstacle?: string;
}

export function analyse(ast: Node): Analysis {
  const bound = new Set<string>();
  const mentioned = new Set<string>();
  let isDynamic = false;
  let isRacy = false;
  let keepsLists = false;
  let showsObjects = false;
  let obstacle: string | undefined;
  let members = 0;
  const regexes: RegexNode[] = [];
  const binding = new Set<Node>();
  /** Whether the node, or what is below it in the same frame, binds a variable. */
  const look = (node: Node): boolean => {
    if (node.type === 'bind') bound.add(node.lhs.value);
    if (node.type === 'lambda') for (const parameter of node.arguments) bound.add(parameter.value);
    if (node.type === 'variable') mentioned.add(node.value);
    if (node.type === 'partial') showsObjects = true;
    if (node.type === 'regex') regexes.push(node);
    if (hasTuples(node)) isDynamic = true;
    if (isWide(node)) isRacy = true;
    if (isObject(node)) members += node.lhs.length;
    if (isArray(node)) members += node.expressions.length;
    if (node.keepArray && mayHaveName(node)) keepsLists = true;
    if ((node as { type: string }).type === 'error') obstacle = 'the expression has errors';
    const below = bindingAmong(children(node));
    if (below && (isWide(node) || node.type === 'transform')) {
      obstacle ??= 'a variable is bound where members are evaluated side by side';
    }
    const inside = below && hasFrame(node) ? framed(node) : undefined;
    const binds = node.type === 'bind' || (below?.some((child) => !inside?.has(child)) ?? false);
    if (binds) binding.add(node);
    return binds;
  };
  /** Most of a mapping binds nothing: undefined is a list less for each node. */
  const bindingAmong = (nodes: readonly Node[]): Node[] | undefined => {
    let found: Node[] | undefined;
    for (const node of nodes) {
      if (!look(node)) continue;
      found ??= [];
      found.push(node);
    }
    return found;
  };
  look(ast);
  if (mentioned.has('eval')) {
    isDynamic = true;
    showsObjects = true;
  }
  const builtIns = new Set([...mentioned].filter((name) => BUILT_IN_FUNCTIONS.has(name)));
  const found = { isDynamic, bound, builtIns, isRacy, keepsLists, showsObjects, members, regexes, binding };
  return obstacle === undefined ? found : { ...found, obstacle };
}

/** Whether the list that a node gives may be one that was there before: it is none that a path, a filter or a constructor made. */
export function mayHaveName(node: Node): boolean {
  if (node.group) return false;
  const stages = node.predicate ?? [];
  if (stages.length > 0)
    return stages.some((stage) => stage.type !== 'filter' || stage.expr.type === 'number');
  if (node.type === 'path' || isArray(node) || isObject(node)) return false;
  if (node.type === 'condition') {
    return [node.then, node.else].some((branch) => branch !== undefined && mayHaveName(branch));
  }
  if (node.type !== 'block') return true;
  const last = node.expressions[node.expressions.length - 1];
  return last !== undefined && mayHaveName(last);
}

function hasTuples(node: Node): boolean {
  const { focus, index, stages, type } = node as Node & { tuple?: boolean };
  return (
    type === 'parent' ||
    focus !== undefined ||
    index !== undefined ||
    (node as { tuple?: boolean }).tuple === true ||
    (stages?.some((stage) => stage.type === 'index') ?? false)
  );
}

/** The interpreter starts the members of these all at once. */
function isWide(node: Node): boolean {
  return isArray(node) || isObject(node) || node.group !== undefined;
}

/** Visits a node and what is below it in the same frame: blocks and lambdas have frames of their own. */
export function walkFrame(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const child of innerOf(node)) walkFrame(child, visit);
}

function innerOf(node: Node): readonly Node[] {
  if (!hasFrame(node)) return children(node);
  const inside = framed(node);
  return children(node).filter((child) => !inside.has(child));
}

function hasFrame(node: Node): node is BlockNode | LambdaNode {
  return node.type === 'block' || (node.type === 'lambda' && !node.thunk);
}

/** Filters and groups on a block or lambda are outside of it. */
function framed(node: BlockNode | LambdaNode): ReadonlySet<Node> {
  return new Set<Node>(node.type === 'block' ? node.expressions : [...node.arguments, node.body]);
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
