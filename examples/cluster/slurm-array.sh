#!/usr/bin/env bash
# One scan a task. Submit it from the folder that holds scans/:
#   ls scans/*.h5 > scans.txt
#   sbatch --array=1-$(wc -l < scans.txt) slurm-array.sh
#SBATCH --cpus-per-task=4
#SBATCH --mem=8G
#SBATCH --time=04:00:00
#SBATCH --requeue
set -euo pipefail

scan=$(sed -n "${SLURM_ARRAY_TASK_ID}p" scans.txt)
name=$(basename "${scan%.*}")
mkdir -p out
if [ -e "out/$name.nii.gz" ]; then exit 0; fi

# a task that Slurm puts back goes on from its checkpoint
slicewise recon "$scan" -o "out/$name.nii.gz" --json "out/$name.json" --method dds --prior ct --seed 1 \
  --workers "${SLURM_CPUS_PER_TASK:-4}" --checkpoint "out/$name.checkpoint" --resume
rm -rf "out/$name.checkpoint"
