import { expect, test } from '@jest/globals';
import type { StackUnderCheck } from '../../../../lib/checks/rule.ts';
import { stackOutputPlace } from '../../../../lib/checks/rules/stack-output-place.ts';
import { parseTemplate } from '../../../../lib/checks/template.ts';
import { findings, stackWith } from '../stack-under-check.ts';

const value = { 'Fn::GetStackOutput': { StackName: 'other', OutputName: 'Arn' } };
const queueNamed = (QueueName: unknown) => ({ Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName } } });

test.each([
  ['by itself', value],
  ['in a join', { 'Fn::Join': ['', ['a', value]] }],
  ['in a choice of a list', { 'Fn::Select': [0, [value]] }],
  ['in a condition', { 'Fn::If': ['Yes', value, { 'Fn::Join': ['-', ['a', value]] }] }],
])('a value of another stack %s passes', (_, name) => {
  expect(findings(stackOutputPlace, queueNamed(name))).toEqual([]);
});

test.each([
  ['Fn::Split', { 'Fn::Join': ['', ['a', { 'Fn::Select': [2, { 'Fn::Split': ['/', value] }] }]] }],
  ['Fn::Sub', { 'Fn::Sub': ['arn/$X', { X: value }] }],
  ['Fn::Base64', { 'Fn::Base64': value }],
])('a value of another stack in %s is refused', (name, text) => {
  expect(findings(stackOutputPlace, queueNamed(text))).toEqual([
    expect.stringMatching(new RegExp(`^Queue Properties.QueueName.* a value of another stack stands in ${name}$`)),
  ]);
});

function under(Value: unknown): StackUnderCheck {
  const template = parseTemplate(JSON.stringify({ Resources: {}, Outputs: { Arn: { Value } } }));
  return { ...stackWith({}), template };
}

test('an output that is a value of another stack is refused, one that is made of it passes', () => {
  expect(stackOutputPlace.check(under(value))).toEqual([
    { message: 'the output Arn is a value of another stack, it must be one of this stack' },
  ]);
  expect(stackOutputPlace.check(under({ 'Fn::Join': ['', [value, '/x']] }))).toEqual([]);
  expect(stackOutputPlace.check(under({ 'Fn::GetAtt': ['Own', 'Arn'] }))).toEqual([]);
});
