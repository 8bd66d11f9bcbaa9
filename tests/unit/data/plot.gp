# A figure of rung. To restyle it, edit and run: gnuplot -e "format='pdf'" plot.gp   (or svg, png)
if (!exists('format')) format = 'svg'
if (!exists('target')) target = 'plot.' . format
if (format eq 'svg') set terminal svg noenhanced size 605,378 font 'Helvetica,Arial,sans-serif,11' background '#ffffff'
if (format eq 'pdf') set terminal pdfcairo noenhanced size 16.000cm,10.000cm font 'Sans,10' fontscale 0.6 linewidth 1.1 pointscale 0.6
if (format eq 'png') set terminal pngcairo noenhanced size 1209,756 font 'Sans,10' fontscale 1.6 linewidth 2 pointscale 1.4 background '#ffffff'
set output target
set encoding utf8

# x, mean, low, high, rows
$points1 << END
1 0.5 -2.6765512 3.6765512 2
2 0.5 0.5 0.5 1
END

set border 3 linewidth 0.8 linecolor rgb '#444444'
set grid xtics ytics back linewidth 0.5 linetype 1 linecolor rgb '#e6e6e6'
set tics nomirror out scale 0.6, 0.3 textcolor rgb '#222222'
set bars 0.5
set key at screen 0.0697, screen 0.9900 left top horizontal maxcols 9 reverse Left samplen 2.2 width 1 textcolor rgb '#222222'
unset logscale x
set xrange [0.95:2.05]
set xtics ('1.0' 1, '1.2' 1.2, '1.4' 1.4, '1.6' 1.6, '1.8' 1.8, '2.0' 2)
set xlabel 'n labels' textcolor rgb '#222222' offset 0, 0.3
unset logscale y
set yrange [0:1]
set ytics ('0.0' 0, '0.2' 0.2, '0.4' 0.4, '0.6' 0.6, '0.8' 0.8, '1.0' 1)
set label 998 'Score' at screen 0.0219, graph 0.5 center rotate by 90 textcolor rgb '#222222'
set lmargin at screen 0.0884
set rmargin at screen 0.9625
set bmargin at screen 0.1640
set tmargin at screen 0.9250
set label 1000 'points: mean of 1 to 2 and its 95 % interval (t)' at screen 0.0125, screen 0.0220 left font ',8' textcolor rgb '#666666'

plot \
  $points1 using 1:2 with lines linewidth 1.4 linecolor rgb '#0072B2' notitle, \
  keyentry with linespoints linewidth 2 pointtype 7 pointsize 0.85 linecolor rgb '#0072B2' title 'a', \
  $points1 using 1:2:3:4 with yerrorbars linewidth 1.2 pointtype 7 pointsize 0.85 linecolor rgb '#0072B2' notitle
unset output
