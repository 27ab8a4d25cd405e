import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { FileSystem, Stack } from 'aws-cdk-lib';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import { bundleService, type ServiceName } from './bundle-service.ts';

/**
 * Folders that images are built from, filled once a process however many environments it synthesises. Staging copies
 * them into the assembly, so that they go with the process.
 */
const folders = new Map<string, string>();

/**
 * The image of a service's program. Synthesis bundles the program and needs no Docker; the image is built from that
 * folder when the stack is deployed. Where bundling is off, as in tests, the folder holds the Dockerfile alone.
 */
export function serviceImage(scope: Construct, service: ServiceName): ContainerImage {
  const folder = Stack.of(scope).bundlingRequired ? bundled(service) : recipeAlone();
  return ContainerImage.fromAsset(folder, { platform: Platform.LINUX_ARM64 });
}

function bundled(service: ServiceName): string {
  return folderOf(service, (folder) => bundleService(service, folder));
}

function recipeAlone(): string {
  return folderOf('', (folder) => copyFileSync(join(import.meta.dirname, 'Dockerfile'), join(folder, 'Dockerfile')));
}

function folderOf(name: string, fill: (folder: string) => void): string {
  const known = folders.get(name);
  if (known !== undefined) return known;
  const folder = FileSystem.mkdtemp(`event-bus-image-${name}-`);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  fill(folder);
  folders.set(name, folder);
  return folder;
}
