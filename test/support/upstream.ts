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
  type RecordedRequest,
  type ScriptedReply,
  type SimulatedUpstream,
  type StreamStep,
  startSimulatedUpstream,
  type UpstreamKind,
} from '../../src/cli/demo/upstreams/simulated-upstream.js';
