/** The library: load a connector, run it, try it out, map, validate. Nothing else is importable from outside. */
export type { Connector } from './compile/connector.ts';
export { DefinitionError } from './compile/definition-error.ts';
export { type LoadOptions, loadConnector } from './compile/load.ts';
export type { Env } from './env.ts';
export { EngineError } from './errors.ts';
export { createNetwork } from './http/network.ts';
export { Grants } from './http/origins.ts';
export { map } from './map/map.ts';
export { nodeEnv } from './node-env.ts';
export { run } from './pipeline.ts';
export { type ReplayReport, type ReplayRunRequest, replay } from './replay.ts';
export type { Diagnostic } from './report/diagnostic.ts';
export { type DryResult, type DryRunOptions, dryRun } from './run/dry-run.ts';
export type { RunRequest } from './run/open-lanes.ts';
export type { LaneSummary } from './run/summary.ts';
export { Secret } from './secret.ts';
export { createValidator, validate } from './validate/validate.ts';
