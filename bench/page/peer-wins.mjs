import { readFileSync } from 'node:fs';
import { measureOf } from './result-view.mjs';

const remarks = JSON.parse(readFileSync(new URL('./remarks.json', import.meta.url), 'utf8'));

/**
 * Where a peer does better than ours in a scenario's main measure, or in the first that the peer has, and why. What is
 * compared round by round decides.
 *
 * @param {import('./result-view.mjs').ResultView} view
 */
export function peerWins(view) {
  return view.scenarios.flatMap((scenario) => {
    const peers = scenario.results.filter(({ contender }) => view.isOfKind(contender, 'peer'));
    return peers.flatMap(({ contender }) => winsOf(view, scenario, contender));
  });
}

/** Why a goal is missed, where that is known. */
export function reasonOfMiss({ id }, { of, to }) {
  return remarks.goals[`${id}/${of}/${to}`];
}

function winsOf(view, scenario, peer) {
  const { values } = scenario.results.find(({ contender }) => contender === peer);
  const main = scenario.measures.find(({ id }) => values[id] !== undefined);
  if (main === undefined) return [];
  const sign = main.better === 'lower' ? 1 : -1;
  return (scenario.ratios ?? [])
    .filter(({ measure, of, to }) => measure === main.id && to === peer && view.isOfKind(of, 'hub'))
    .map((ratio) => ({ ratio, even: ratio.isDifference ? 0 : 1 }))
    .filter(({ ratio, even }) => sign * (ratio.median - even) > 0)
    .map(({ ratio, even }) => {
      const isTie = ratio.low <= even && even <= ratio.high;
      const reason = reasonOf(scenario, peer, isTie);
      return { scenario, peer, ratio, measure: measureOf(scenario, ratio.measure), isTie, reason };
    });
}

function reasonOf({ id }, peer, isTie) {
  if (isTie) return 'The interval includes a tie.';
  return remarks.peers[`${id}/${peer}`] ?? remarks.peers[`*/${peer}`] ?? 'The reason is not known yet.';
}
