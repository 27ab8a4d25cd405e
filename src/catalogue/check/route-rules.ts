import type { Problem, Route, Topic } from '../model.ts';
import { filtersOverlap } from '../mqtt-filter.ts';
import { duplicateNames } from './distinct.ts';

/** Problems of routes, each alone and in pairs. */
export function routeProblems(routes: readonly Route[], topics: readonly Topic[]): readonly Problem[] {
  return [
    ...duplicateNames('routes', routes),
    ...routes.flatMap((route) => {
      const path = `routes[${route.name}]`;
      return [...target(route, path, topics), ...filter(route, path), ...deviceId(route, path)];
    }),
    ...routes.flatMap((route, index) => overlaps(route, routes.slice(index + 1))),
  ];
}

function target(route: Route, path: string, topics: readonly Topic[]): readonly Problem[] {
  const topic = topics.find(({ name }) => name === route.topic);
  if (topic === undefined) {
    const message = `the catalogue has no topic "${route.topic}"`;
    return [{ path: `${path}.topic`, message, fix: 'Declare the topic or name a declared one.' }];
  }
  if (topic.eventTypes.includes(route.eventType)) return [];
  const message = `the topic "${topic.name}" does not list the event type "${route.eventType}"`;
  return [{ path: `${path}.eventType`, message, fix: `Use one of: ${topic.eventTypes.join(', ')}.` }];
}

function filter(route: Route, path: string): readonly Problem[] {
  if (route.protocol !== 'mqtt') return [];
  const levels = route.filter.split('/');
  const places = levels.filter((level) => level === '+').length;
  if (places === 1 && levels.every((level) => level === '+' || /^[^+#\s]+$/.test(level))) return [];
  const message = `"${route.filter}" is not a filter with exactly one "+" as a whole level`;
  return [{ path: `${path}.filter`, message, fix: 'Write it like fleet/+/telemetry; "+" is the device id.' }];
}

function deviceId(route: Route, path: string): readonly Problem[] {
  const allowed = route.protocol === 'mqtt' ? ['topic-level', 'client-certificate'] : ['request', 'client-certificate'];
  if (allowed.includes(route.deviceId)) return [];
  const message = `a route over ${route.protocol} cannot read the device id from "${route.deviceId}"`;
  return [{ path: `${path}.deviceId`, message, fix: `Use one of: ${allowed.join(', ')}.` }];
}

function overlaps(route: Route, others: readonly Route[]): readonly Problem[] {
  return others
    .filter((other) => other.protocol === route.protocol)
    .filter((other) =>
      route.protocol === 'mqtt' ? filtersOverlap(route.filter, other.filter) : route.filter === other.filter,
    )
    .map((other) => ({
      path: `routes[${other.name}].filter`,
      message: `"${other.filter}" and "${route.filter}" of the route "${route.name}" match the same messages`,
      fix: 'Change one filter, so that every message has one route.',
    }));
}
