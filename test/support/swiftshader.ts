import { spawnSync } from 'node:child_process';

/**
 * Lets Vulkan, and with it Dawn, compute on the processor: SwiftShader, a driver that Debian's package chromium brings (the loader is in
 * libvulkan1; Mesa 22's lavapipe is too old for Dawn). Must come before the first use of Vulkan in the process. A driver that the caller's
 * environment names is left alone.
 * @returns the description of the driver in use, undefined where there is none
 */
export function useSwiftShader(): string | undefined {
  const named = process.env.VK_DRIVER_FILES ?? process.env.VK_ICD_FILENAMES;
  if (named) return named;
  const files = spawnSync('dpkg', ['-L', 'chromium', 'chromium-common'], { encoding: 'utf8' }).stdout ?? '';
  const driver = files.split('\n').find((file) => file.endsWith('vk_swiftshader_icd.json'));
  if (!driver) return undefined;
  // the second name is what loaders before 1.3.207 read
  process.env.VK_DRIVER_FILES = process.env.VK_ICD_FILENAMES = driver;
  return driver;
}
