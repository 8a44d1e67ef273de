#!/usr/bin/env bash
# Workers of a queue, a task each. QUEUE is the address of your Redis:
#   QUEUE=redis://head:6379 sbatch slurm-workers.sh
#SBATCH --array=1-8
#SBATCH --cpus-per-task=16
#SBATCH --mem=64G
#SBATCH --time=12:00:00
#SBATCH --signal=B:TERM@60
set -euo pipefail

# in the folder that the batch was submitted from; TERM, a minute before the end, gives back what runs
exec slicewise worker --queue "$QUEUE" --jobs 4 --memory 56GB --until-empty
