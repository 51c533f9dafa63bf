/** One commit's result with its lists looked up by what they name. */
export class ResultView {
  #contenders;

  constructor(result) {
    this.result = result;
    this.#contenders = new Map(result.contenders.map((contender) => [contender.id, contender]));
  }

  get scenarios() {
    return this.result.scenarios;
  }

  /** A contender that the result does not describe is called by its id, and counts as a peer. */
  contender(id) {
    return this.#contenders.get(id) ?? { id, title: id, kind: 'peer' };
  }

  title(id) {
    return this.contender(id).title;
  }

  isOfKind(id, kind) {
    return this.contender(id).kind === kind;
  }

  /** Every ratio that has a goal, with its scenario and its measure. */
  goals() {
    return this.scenarios.flatMap((scenario) =>
      (scenario.ratios ?? [])
        .filter(({ goal }) => goal !== undefined)
        .map((ratio) => ({ scenario, ratio, measure: measureOf(scenario, ratio.measure) })),
    );
  }

  /** Who has a value of a scenario's main measure, the best first. */
  ranking(scenario) {
    const [main] = scenario.measures;
    const sign = main.better === 'lower' ? 1 : -1;
    return scenario.results
      .filter(({ values }) => values[main.id] !== undefined)
      .map(({ contender, values }) => ({ contender: this.contender(contender), value: values[main.id] }))
      .sort((one, other) => sign * (one.value.median - other.value.median));
  }
}

/** A measure of a scenario; one that it does not describe is called by its id. */
export function measureOf(scenario, id) {
  return (
    scenario.measures.find((measure) => measure.id === id) ?? { id, title: id, unit: '', better: 'lower' }
  );
}
