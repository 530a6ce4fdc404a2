// Go's side of the exposition bench: the series of bench/machine.ts in client_golang, its page written and
// read by expfmt, and served by promhttp. `exposition write 1000`, `exposition read 1000 < page` print the
// nanoseconds of CPU per sample, all threads; `exposition serve 1000 9999` serves.
package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/expfmt"
)

const seriesPerFamily = 25

func main() {
	series, err := strconv.Atoi(os.Args[2])
	check(err)
	switch os.Args[1] {
	case "write":
		families, err := newMachine(series).registry.Gather()
		check(err)
		var out bytes.Buffer
		report(series, func() {
			out.Reset()
			encoder := expfmt.NewEncoder(&out, expfmt.FmtText)
			for _, family := range families {
				check(encoder.Encode(family))
			}
		})
	case "gather":
		machine := newMachine(series)
		var out bytes.Buffer
		report(series, func() {
			machine.change()
			families, err := machine.registry.Gather()
			check(err)
			out.Reset()
			encoder := expfmt.NewEncoder(&out, expfmt.FmtText)
			for _, family := range families {
				check(encoder.Encode(family))
			}
		})
	case "read":
		page, err := io.ReadAll(os.Stdin)
		check(err)
		report(series, func() {
			var parser expfmt.TextParser
			_, err := parser.TextToMetricFamilies(bytes.NewReader(page))
			check(err)
		})
	case "serve":
		machine := newMachine(series)
		handler := promhttp.HandlerFor(machine.registry, promhttp.HandlerOpts{})
		check(http.ListenAndServe("127.0.0.1:"+os.Args[3], http.HandlerFunc(
			func(response http.ResponseWriter, request *http.Request) {
				machine.change()
				handler.ServeHTTP(response, request)
			})))
	}
}

type machine struct {
	registry *prometheus.Registry
	gauges   []prometheus.Gauge
	round    int
}

func newMachine(series int) *machine {
	made := &machine{registry: prometheus.NewRegistry()}
	for first := 0; first < series; first += seriesPerFamily {
		family := prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: fmt.Sprintf("node_bench_subsystem_%d_bytes", first/seriesPerFamily),
			Help: "A family of the bench.",
		}, []string{"device", "fstype", "mountpoint", "mode"})
		made.registry.MustRegister(family)
		for index := first; index < first+seriesPerFamily && index < series; index++ {
			place := strconv.Itoa(index % seriesPerFamily)
			gauge := family.WithLabelValues("/dev/mapper/vg-"+place, "ext4", "/var/lib/containers/"+place, "read")
			gauge.Set(nodeValue(index, 0))
			made.gauges = append(made.gauges, gauge)
		}
	}
	return made
}

func (made *machine) change() {
	made.round++
	for index := 0; index+1 < len(made.gauges); index += 5 {
		made.gauges[index].Set(nodeValue(index, made.round))
		made.gauges[index+1].Set(nodeValue(index+1, made.round))
	}
}

func nodeValue(index, round int) float64 {
	step := index + round
	switch index % 4 {
	case 0:
		return float64(step % 1000)
	case 1:
		return 1_000_000 + float64(step)*4096
	case 2:
		return math.Round(float64(step)*123.37*100) / 100
	}
	return float64((index*7919+round*104_729)%1_000_003) / 1_000_003
}

const (
	warmUp = 1500 * time.Millisecond
	length = 400 * time.Millisecond
	rounds = 6
)

// report prints the best of several rounds, as bench/peers/exposition-case.ts does.
func report(series int, work func()) {
	workFor(warmUp, series, work)
	best := math.Inf(1)
	for round := 0; round < rounds; round++ {
		best = math.Min(best, workFor(length, series, work))
	}
	fmt.Printf("%.2f\n", best)
}

func workFor(duration time.Duration, series int, work func()) float64 {
	before := cpuTime()
	times := 0
	for start := time.Now(); time.Since(start) < duration; times++ {
		work()
	}
	return float64(cpuTime()-before) / float64(times*series)
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
