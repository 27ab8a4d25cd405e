import { consumerProblems } from './check/consumer-rules.ts';
import type { CheckContext } from './check/context.ts';
import { routeProblems } from './check/route-rules.ts';
import { topicProblems } from './check/topic-rules.ts';
import type { Catalogue, Problem } from './model.ts';

/**
 * Everything that is wrong with a catalogue in a given environment, in the order topics, routes, consumers; empty when
 * it can be deployed. Each problem says where, what, and how to mend it.
 */
export function checkCatalogue(catalogue: Catalogue, context: CheckContext): readonly Problem[] {
  return [
    ...topicProblems(catalogue.topics, context),
    ...routeProblems(catalogue.routes, catalogue.topics),
    ...consumerProblems(catalogue.consumers, catalogue.topics),
  ];
}
