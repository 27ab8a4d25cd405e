import { alterConfigs, incrementalAlterConfigs } from './alter-configs.ts';
import { makeApiVersions } from './api-versions.ts';
import { createPartitions } from './create-partitions.ts';
import { createTopics } from './create-topics.ts';
import { deleteRecords } from './delete-records.ts';
import { deleteTopics } from './delete-topics.ts';
import { describeCluster } from './describe-cluster.ts';
import { describeConfigs } from './describe-configs.ts';
import { fetch } from './fetch.ts';
import { findCoordinator } from './find-coordinator.ts';
import { deleteGroups, describeGroups, listGroups } from './group-admin.ts';
import { offsetCommit, offsetDelete, offsetFetch } from './group-offsets.ts';
import { initProducerId } from './init-producer-id.ts';
import { listOffsets } from './list-offsets.ts';
import { heartbeat, joinGroup, leaveGroup, syncGroup } from './membership.ts';
import { metadata } from './metadata.ts';
import { produce } from './produce.ts';
import type { ServedApi } from './serve.ts';

const served: readonly ServedApi[] = [
  produce,
  fetch,
  listOffsets,
  metadata,
  offsetCommit,
  offsetFetch,
  findCoordinator,
  joinGroup,
  heartbeat,
  leaveGroup,
  syncGroup,
  describeGroups,
  listGroups,
  createTopics,
  deleteTopics,
  deleteRecords,
  initProducerId,
  describeConfigs,
  alterConfigs,
  createPartitions,
  deleteGroups,
  incrementalAlterConfigs,
  offsetDelete,
  describeCluster,
];

const byKey = new Map([makeApiVersions(served), ...served].map((api) => [api.key, api]));

/** The API with this key, if this broker serves it. */
export const servedApi = (key: number): ServedApi | undefined => byKey.get(key);

export const servedApis = (): readonly ServedApi[] => [...byKey.values()];
