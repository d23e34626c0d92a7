source /tmp/w/env.sh; cd /tmp/w/look
P=/work/shared/data/panels/kg1000_chr1_d1s1656_rephased.npz
artgen split $P --fractions .5 .5 --seed 1 -o . 2>&1 | tail -3 || artgen split --help
ls
