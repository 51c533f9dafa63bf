import { readFileSync } from 'node:fs';

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

/**
 * Where doing without is better in a scenario's main measure, and no goal says how far it may be. What cannot be told
 * apart is none.
 *
 * @param {import('./result-view.mjs').ResultView} view
 */
export function controlWins(view) {
  return view.scenarios.flatMap((scenario) => {
    const [main] = scenario.measures;
    return (scenario.ratios ?? [])
      .filter(
        ({ goal, measure, to }) => goal === undefined && measure === main.id && view.isOfKind(to, 'control'),
      )
      .filter((ratio) => isWorse(ratio, main) && !isTie(ratio))
      .map((ratio) => ({
        scenario,
        ratio,
        measure: main,
        reason: reasonFor('controls', scenario, ratio.to),
      }));
  });
}

function winsOf(view, scenario, peer) {
  const { values } = scenario.results.find(({ contender }) => contender === peer);
  const main = scenario.measures.find(({ id }) => values[id] !== undefined);
  if (main === undefined) return [];
  return (scenario.ratios ?? [])
    .filter(({ measure, of, to }) => measure === main.id && to === peer && view.isOfKind(of, 'hub'))
    .filter((ratio) => isWorse(ratio, main))
    .map((ratio) => {
      const reason = isTie(ratio) ? 'The interval includes a tie.' : reasonFor('peers', scenario, peer);
      return { scenario, peer, ratio, measure: main, isTie: isTie(ratio), reason };
    });
}

function evenOf({ isDifference }) {
  return isDifference ? 0 : 1;
}

function isWorse(ratio, { better }) {
  return better === 'lower' ? ratio.median > evenOf(ratio) : ratio.median < evenOf(ratio);
}

function isTie(ratio) {
  return ratio.low <= evenOf(ratio) && evenOf(ratio) <= ratio.high;
}

function reasonFor(kind, { id }, to) {
  return remarks[kind][`${id}/${to}`] ?? remarks[kind][`*/${to}`] ?? 'The reason is not known yet.';
}
