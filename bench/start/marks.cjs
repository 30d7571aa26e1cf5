// Loaded before a program (`--require`, with which Node's start is the same): tells the process that forked it when it came
// here, and when it listens. Of nothing but Node's own: what it costs is in every figure.
const { subscribe } = require('node:diagnostics_channel');

const now = () => performance.timeOrigin + performance.now();
const bootedAtMs = now();
subscribe('tracing:net.server.listen:asyncEnd', ({ server }) => {
  process.send?.({ marks: { bootedAtMs, listeningAtMs: now(), port: server.address().port } });
});
