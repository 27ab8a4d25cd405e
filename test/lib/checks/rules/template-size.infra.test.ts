import { expect, test } from '@jest/globals';
import { templateSize } from '../../../../lib/checks/rules/template-size.ts';
import { findings } from '../stack-under-check.ts';

const queues = (count: number, padding = '') =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`Queue${index}`, { Type: 'AWS::SQS::Queue', Description: padding }]),
  );

test('a template of 500 resources passes', () => {
  expect(findings(templateSize, queues(500))).toEqual([]);
});

test('a template of 501 resources is refused with both numbers', () => {
  expect(findings(templateSize, queues(501))).toEqual(['501 resources, a template may have 500']);
});

test('a template above 1 MB is refused', () => {
  expect(findings(templateSize, queues(2, 'x'.repeat(500_000)))).toEqual([
    expect.stringMatching(/^10\d{5} bytes, a template may have 1000000$/),
  ]);
});
