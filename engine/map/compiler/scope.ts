/** Where do the variables of an expression live while it is compiled? As JavaScript variables, or by name in frames. */
import type { LambdaNode, Node } from '../ast.ts';
import { walkFrame } from './analysis.ts';
import type { Value } from './value.ts';

/** A variable of one frame that became a JavaScript variable. */
export interface Slot {
  name: string;
  js: string;
  /** Bound in one place only. */
  isSingle: boolean;
  /** The value, where it is bound in one place only and that place was compiled. */
  value?: Value;
  lambda?: DirectLambda;
  /** Whether anything reads the JavaScript variable. */
  isRead: boolean;
}

/** A lambda that calls can reach without going through a value. */
export interface DirectLambda {
  js: string;
  node: LambdaNode;
  /** Whether it may put its last call off to its caller. */
  hasTail: boolean;
  /** What its calls give, as far as it is known: not while its body is compiled. */
  type: number;
  /** JavaScript variable with the place of the latest call, for a lambda that may call itself. */
  place?: string;
}

export interface Scope {
  readonly outer: Scope | undefined;
  readonly slots: Map<string, Slot>;
  /** The JavaScript name of the frame, where variables are looked up by name. */
  readonly frame: string | undefined;
}

/** How often each name is bound directly in a frame whose code is `nodes`. */
export function boundNames(nodes: readonly Node[]): Map<string, number> {
  const names = new Map<string, number>();
  for (const node of nodes) {
    walkFrame(node, (each) => {
      if (each.type === 'bind') names.set(each.lhs.value, (names.get(each.lhs.value) ?? 0) + 1);
    });
  }
  return names;
}

/** The slots that a name may mean, the innermost first. */
export function slotsOf(name: string, scope: Scope): Slot[] {
  const slots: Slot[] = [];
  for (let at: Scope | undefined = scope; at; at = at.outer) {
    const slot = at.slots.get(name);
    if (slot) slots.push(slot);
  }
  return slots;
}
