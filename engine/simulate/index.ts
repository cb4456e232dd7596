/** The simulator: plays a vendor locally, from its `simulator.yaml`. */
export type { AuditReport } from './audit.ts';
export type { SimulatorDefinition } from './definition.ts';
export type { Fault, FaultRule } from './faults/fault.ts';
export { loadFaults, loadSimulator } from './load-simulator.ts';
export { type RunningSimulator, type SimulatorOptions, startSimulator } from './start-simulator.ts';
