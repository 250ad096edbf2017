export {
  challengePage,
  errorReply,
  resetReply,
  streamThenCut,
  streamThenEnd,
  streamThenError,
  streamThenStall,
} from '../../src/cli/demo/upstreams/replies.js';
export {
  type ScriptedReply,
  type SimulatedUpstream,
  startSimulatedUpstream,
  type UpstreamKind,
} from '../../src/cli/demo/upstreams/simulated-upstream.js';
