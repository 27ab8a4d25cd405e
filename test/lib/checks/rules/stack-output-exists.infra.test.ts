import { expect, test } from '@jest/globals';
import { stackOutputExists } from '../../../../lib/checks/rules/stack-output-exists.ts';
import { findings } from '../stack-under-check.ts';

const reading = (StackName: string, OutputName: string) => ({
  Queue: {
    Type: 'AWS::SQS::Queue',
    Properties: { Names: [{ KmsMasterKeyId: { 'Fn::GetStackOutput': { StackName, OutputName } } }] },
  },
});

test('an output that another stack has passes', () => {
  expect(findings(stackOutputExists, reading('keys', 'BusArn'))).toEqual([]);
});

test('trap 23: an output that the other stack has not is refused, without asking an emulator', () => {
  expect(findings(stackOutputExists, reading('keys', 'BusARN'))).toEqual([
    'Queue Properties.Names.0.KmsMasterKeyId the stack keys has no output BusARN',
  ]);
});

test('an output of a stack that is not there is refused', () => {
  expect(findings(stackOutputExists, reading('kees', 'BusArn'))).toEqual([
    expect.stringMatching(/there is no stack kees$/),
  ]);
});
